"""Appeals: who may object to what, and until when. No storage."""

from datetime import datetime, timedelta
from enum import StrEnum

from moderation.domain.comment import Status, is_blank
from moderation.domain.draft import faults_of_string
from moderation.domain.errors import Fault
from moderation.domain.policy import Told

MAX_APPEAL_CHARS = 1_000


class AppealState(StrEnum):
    """What came of an appeal."""

    OPEN = "open"
    GRANTED = "granted"
    """Somebody else let the comment through."""
    DENIED = "denied"
    """Somebody else refused it too."""


def appeal_end(refused_at: datetime, appeal_days: int) -> datetime | None:
    """Say until when a refusal may be objected to; None on a site that hears no appeals."""
    return refused_at + timedelta(days=appeal_days) if appeal_days else None


def may_appeal(told: Told, refused_at: datetime | None, appeal_days: int, now: datetime) -> bool:
    """Say whether an author may object: only to a refusal that he is told of, and in its time."""
    if told.status is not Status.REJECTED or refused_at is None:
        return False
    end = appeal_end(refused_at, appeal_days)
    return end is not None and now <= end


def faults_of_appeal(text: str) -> list[Fault]:
    """List the faults of what an author writes to object."""
    faults = faults_of_string("/text", text, MAX_APPEAL_CHARS)
    return faults or ([Fault("/text", "blank")] if is_blank(text) else [])
