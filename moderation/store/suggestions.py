"""Suggested terms of a site: when they are due, what was found, by which comments."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.store.tables import Comment, Site, Suggestion, SuggestionExample, SuggestionList
from moderation.store.upsert import insert_if_absent


def ensure_lists(session: Session, windows: Sequence[int], *, now: datetime) -> None:
    """Give every site its lists, due at once, where they are missing."""
    known = {tuple(row) for row in session.execute(select(SuggestionList.site_id, SuggestionList.days))}
    for site_id in session.scalars(select(Site.id)):
        for days in windows:
            if (site_id, days) not in known:
                insert_if_absent(
                    session,
                    SuggestionList,
                    site_id=site_id,
                    days=days,
                    due_at=now,
                    computed_at=None,
                    rejected=0,
                    approved=0,
                )


def are_missing(session: Session, windows: Sequence[int]) -> bool:
    """Say whether some site lacks a list."""
    listed = select(SuggestionList.site_id).where(SuggestionList.days == windows[-1])
    return session.scalars(select(Site.id).where(Site.id.not_in(listed)).limit(1)).first() is not None


def take_due(session: Session, *, now: datetime, next_due: datetime) -> tuple[UUID, int] | None:
    """Take the list that is due the longest, by moving it forward; of several workers one gets it."""
    due = (
        select(SuggestionList.site_id, SuggestionList.days)
        .where(SuggestionList.due_at <= now)
        .order_by(SuggestionList.due_at, SuggestionList.site_id, SuggestionList.days)
        .limit(1)
    )
    row = session.execute(due).one_or_none()
    if row is None:
        return None
    taken = session.execute(
        update(SuggestionList)
        .where(
            SuggestionList.site_id == row.site_id,
            SuggestionList.days == row.days,
            SuggestionList.due_at <= now,
        )
        .values(due_at=next_due)
        .returning(SuggestionList.site_id, SuggestionList.days),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return None if taken is None else (taken.site_id, taken.days)


def make_due(session: Session, site_id: UUID, days: int, *, now: datetime) -> None:
    """Ask for a list to be made anew."""
    session.execute(
        update(SuggestionList)
        .where(SuggestionList.site_id == site_id, SuggestionList.days == days)
        .values(due_at=now)
    )


def replace(
    session: Session,
    site_id: UUID,
    days: int,
    found: Sequence[Suggestion],
    examples: Sequence[SuggestionExample],
    *,
    rejected: int,
    approved: int,
    now: datetime,
) -> None:
    """Put a new list in the place of the old one."""
    for table in (SuggestionExample, Suggestion):
        session.execute(
            delete(table).where(table.site_id == site_id, table.days == days),
            execution_options={"synchronize_session": False},
        )
    session.execute(
        update(SuggestionList)
        .where(SuggestionList.site_id == site_id, SuggestionList.days == days)
        .values(computed_at=now, rejected=rejected, approved=approved),
        execution_options={"synchronize_session": False},
    )
    session.add_all(found)
    ids = [each.comment_id for each in examples]
    there = set(session.scalars(select(Comment.id).where(Comment.id.in_(ids))))
    session.add_all(each for each in examples if each.comment_id in there)


def find_list(session: Session, site_id: UUID, days: int) -> SuggestionList | None:
    """Return what is known of a list."""
    return session.get(SuggestionList, (site_id, days))


def all_of(session: Session, site_id: UUID, days: int) -> list[Suggestion]:
    """Return the terms of a list, the best first."""
    return list(
        session.scalars(
            select(Suggestion)
            .where(Suggestion.site_id == site_id, Suggestion.days == days)
            .order_by(Suggestion.position)
        )
    )


def examples_of(session: Session, site_id: UUID, days: int) -> dict[int, list[UUID]]:
    """Return the comments that a list's terms were found in, by the place of the term."""
    found: dict[int, list[UUID]] = {}
    rows = session.execute(
        select(SuggestionExample.position, SuggestionExample.comment_id)
        .where(SuggestionExample.site_id == site_id, SuggestionExample.days == days)
        .order_by(SuggestionExample.position, SuggestionExample.comment_id)
    )
    for position, comment_id in rows:
        found.setdefault(position, []).append(comment_id)
    return found
