"""What an author may do, until when, and what an edit may change: values in, values out."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from moderation.domain.appeal import MAX_APPEAL_CHARS, appeal_end, faults_of_appeal, may_appeal
from moderation.domain.caller import Caller
from moderation.domain.comment import Status, edit_end
from moderation.domain.edit import Edit
from moderation.domain.errors import Fault
from moderation.domain.policy import Outcome, Told, status_after_edit
from moderation.domain.reasons import Reason
from moderation.domain.receipts import code_of, code_of_kept
from moderation.domain.writer import Writer

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("was", "judged", "becomes"),
    [
        (Status.PUBLISHED, Status.PUBLISHED, Status.PUBLISHED),
        (Status.PUBLISHED, Status.PENDING, Status.PENDING),
        (Status.PUBLISHED, Status.REJECTED, Status.REJECTED),
        (Status.PENDING, Status.PUBLISHED, Status.PENDING),
        (Status.PENDING, Status.PENDING, Status.PENDING),
        (Status.PENDING, Status.REJECTED, Status.REJECTED),
        (Status.REJECTED, Status.PUBLISHED, Status.PENDING),
        (Status.REJECTED, Status.PENDING, Status.PENDING),
        (Status.REJECTED, Status.REJECTED, Status.REJECTED),
    ],
)
def test_an_edit_lets_nothing_through(was: Status, judged: Status, becomes: Status) -> None:
    reason = Reason.INSULT if judged is Status.REJECTED else None
    outcome = Outcome(status=judged, needs_review=False, causes=(), reason=reason)

    assert status_after_edit(was, outcome) is becomes


def test_the_time_for_edits_and_appeals_ends_or_never_begins() -> None:
    assert edit_end(NOW, 30) == NOW + timedelta(minutes=30)
    assert edit_end(NOW, 0) is None
    assert appeal_end(NOW, 14) == NOW + timedelta(days=14)
    assert appeal_end(NOW, 0) is None


@pytest.mark.parametrize(
    ("status", "refused_at", "days", "is_possible"),
    [
        pytest.param(Status.REJECTED, NOW - timedelta(days=14), 14, True, id="on the last day"),
        pytest.param(Status.REJECTED, NOW - timedelta(days=14, seconds=1), 14, False, id="too late"),
        pytest.param(Status.REJECTED, NOW, 0, False, id="on a site that hears none"),
        pytest.param(Status.REJECTED, None, 14, False, id="refused at no known moment"),
        pytest.param(Status.PENDING, NOW, 14, False, id="told that it waits"),
        pytest.param(Status.WITHDRAWN, NOW, 14, False, id="taken back"),
    ],
)
def test_only_a_refusal_that_is_told_can_be_appealed_against_and_in_time(
    *, status: Status, refused_at: datetime | None, days: int, is_possible: bool
) -> None:
    told = Told(status, Reason.INSULT if status is Status.REJECTED else None)

    assert may_appeal(told, refused_at, days, NOW) is is_possible


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("不是骂人", []),
        ("字" * MAX_APPEAL_CHARS, []),
        ("字" * (MAX_APPEAL_CHARS + 1), [Fault("/text", "too-long", MAX_APPEAL_CHARS)]),
        (" \n\u200b", [Fault("/text", "blank")]),
        ("a\x00", [Fault("/text", "unstorable-character")]),
    ],
)
def test_an_appeal_says_something_and_not_too_much(text: str, faults: list[Fault]) -> None:
    assert faults_of_appeal(text) == faults


def test_a_code_is_found_again_under_whichever_key_made_it() -> None:
    def digest(code: str) -> bytes:
        return hashlib.sha256(code.encode()).digest()

    old, new = b"o" * 32, b"n" * 32
    kept = digest(code_of(old))

    assert code_of_kept([new, old], kept, digest) == code_of(old)
    assert code_of_kept([new], kept, digest) is None
    assert code_of_kept([new], None, digest) is None


def test_a_page_of_the_site_may_ask_and_so_may_ours() -> None:
    origins = ["https://news.example"]

    assert Caller(origin="https://news.example", client="x").may_ask(origins)
    assert Caller(origin=None, client="x", is_own_page=True).may_ask(origins)
    assert not Caller(origin=None, client="x").may_ask(origins)
    assert not Caller(origin="https://evil.example", client="x").may_ask(origins)


def test_two_edits_are_the_same_only_when_everything_sent_is() -> None:
    def edit(**changed: object) -> Edit:
        fields: dict[str, object] = {
            "site_key": "demo",
            "caller": Caller(origin=None, client="x"),
            "writer": Writer(author_hash=bytes(32)),
            "comment_id": UUID(int=1),
            "revision": 1,
            "text": "a",
            "nickname": None,
        }
        return Edit(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Edit

    same = edit().body_hash()

    assert edit(idempotency_key="other").body_hash() == same
    for changed in ({"text": "b"}, {"revision": 2}, {"nickname": "a"}, {"comment_id": UUID(int=2)}):
        assert edit(**changed).body_hash() != same
