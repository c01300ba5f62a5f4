"""The truth table: verdict, mode and standing in, outcome out; and what the author hears of it."""

from collections.abc import Iterator
from itertools import product

import pytest

from moderation.domain.comment import Status
from moderation.domain.policy import (
    Mode,
    PostingLimits,
    SitePolicy,
    Standing,
    Told,
    outcome,
    standing_of,
    told_to_author,
)
from moderation.domain.reasons import SILENT_REASONS, Cause, Reason
from moderation.rules import Verdict

ALLOW, REVIEW, BLOCK = Verdict.ALLOW, Verdict.REVIEW, Verdict.BLOCK
PENDING, PUBLISHED, REJECTED = Status.PENDING, Status.PUBLISHED, Status.REJECTED
PRE, RULE, BANNED = Cause.PRE_MODERATION, Cause.RULE, Cause.AUTHOR_BANNED
NOT_BANNED = (Standing.NEW, Standing.KNOWN, Standing.TRUSTED)

Row = tuple[str, Mode, Verdict, tuple[Standing, ...], Status, tuple[Cause, ...]]
TABLE: tuple[Row, ...] = (
    ("waits: nothing shows before approval", Mode.PRE, ALLOW, NOT_BANNED, PENDING, (PRE,)),
    ("waits, flagged, before approval", Mode.PRE, REVIEW, NOT_BANNED, PENDING, (RULE, PRE)),
    ("is refused before anyone looks", Mode.PRE, BLOCK, NOT_BANNED, REJECTED, (RULE,)),
    ("waits, for the ban as well", Mode.PRE, ALLOW, (Standing.BANNED,), PENDING, (PRE, BANNED)),
    ("waits, flagged and banned", Mode.PRE, REVIEW, (Standing.BANNED,), PENDING, (RULE, PRE, BANNED)),
    ("is refused, ban or not", Mode.PRE, BLOCK, (Standing.BANNED,), REJECTED, (RULE,)),
    ("shows at once: no rule held", Mode.RULES, ALLOW, NOT_BANNED, PUBLISHED, ()),
    ("waits because a rule held", Mode.RULES, REVIEW, NOT_BANNED, PENDING, (RULE,)),
    ("is refused by the rule", Mode.RULES, BLOCK, NOT_BANNED, REJECTED, (RULE,)),
    ("waits for the ban alone", Mode.RULES, ALLOW, (Standing.BANNED,), PENDING, (BANNED,)),
    ("waits for rule and ban", Mode.RULES, REVIEW, (Standing.BANNED,), PENDING, (RULE, BANNED)),
    ("is refused by the rule, banned", Mode.RULES, BLOCK, (Standing.BANNED,), REJECTED, (RULE,)),
    ("shows and nobody need look", Mode.POST, ALLOW, NOT_BANNED, PUBLISHED, ()),
    ("shows and is queued as well", Mode.POST, REVIEW, NOT_BANNED, PUBLISHED, (RULE,)),
    ("is refused even so", Mode.POST, BLOCK, NOT_BANNED, REJECTED, (RULE,)),
    ("waits though others would show", Mode.POST, ALLOW, (Standing.BANNED,), PENDING, (BANNED,)),
    ("waits, flagged and banned, unshown", Mode.POST, REVIEW, (Standing.BANNED,), PENDING, (RULE, BANNED)),
    ("is refused, banned", Mode.POST, BLOCK, (Standing.BANNED,), REJECTED, (RULE,)),
    ("waits: it raced the closing", Mode.CLOSED, ALLOW, NOT_BANNED, PENDING, (PRE,)),
    ("waits, flagged, having raced the closing", Mode.CLOSED, REVIEW, NOT_BANNED, PENDING, (RULE, PRE)),
    ("is refused, open or closed", Mode.CLOSED, BLOCK, NOT_BANNED, REJECTED, (RULE,)),
    ("waits, banned and late", Mode.CLOSED, ALLOW, (Standing.BANNED,), PENDING, (PRE, BANNED)),
    ("waits, flagged, banned, late", Mode.CLOSED, REVIEW, (Standing.BANNED,), PENDING, (RULE, PRE, BANNED)),
    ("is refused, banned and late", Mode.CLOSED, BLOCK, (Standing.BANNED,), REJECTED, (RULE,)),
)


def rows() -> Iterator[object]:
    for sentence, mode, verdict, standings, status, causes in TABLE:
        for standing in standings:
            name = f"{mode} {verdict} {standing}: {sentence}"
            yield pytest.param(mode, verdict, standing, status, causes, id=name)


def test_the_table_has_every_row_once() -> None:
    told = [(mode, verdict, standing) for _, mode, verdict, standings, *_ in TABLE for standing in standings]

    assert sorted(told) == sorted(product(Mode, Verdict, Standing))


@pytest.mark.parametrize(("mode", "verdict", "standing", "status", "causes"), list(rows()))
def test_a_verdict_becomes_an_outcome(
    mode: Mode, verdict: Verdict, standing: Standing, status: Status, causes: tuple[Cause, ...]
) -> None:
    judged = outcome(verdict, mode=mode, standing=standing, reasons=[Reason.FRAUD, Reason.INSULT])

    assert judged.status is status
    assert judged.causes == causes
    assert judged.needs_review == (status is PENDING or (bool(causes) and status is PUBLISHED))
    assert judged.reason is (Reason.FRAUD if status is REJECTED else None)


@pytest.mark.parametrize(
    ("mode", "verdict", "standing"), list(product(Mode, (ALLOW, REVIEW), Standing)), ids=str
)
@pytest.mark.parametrize("cause", [Cause.SITE_BUSY, Cause.SAME_TEXT, Cause.CHECK_FAILED])
def test_a_further_cause_always_makes_a_comment_wait(
    mode: Mode, verdict: Verdict, standing: Standing, cause: Cause
) -> None:
    judged = outcome(verdict, mode=mode, standing=standing, further_causes=[cause])

    assert judged.status is PENDING
    assert judged.needs_review
    assert cause in judged.causes


@pytest.mark.parametrize(("mode", "verdict", "standing"), list(product(Mode, Verdict, Standing)))
def test_what_is_pending_has_always_a_cause_and_a_person(
    mode: Mode, verdict: Verdict, standing: Standing
) -> None:
    judged = outcome(verdict, mode=mode, standing=standing)

    assert (judged.status is PENDING) <= (judged.needs_review and bool(judged.causes))


def test_a_block_without_a_category_is_refused_as_other() -> None:
    assert outcome(BLOCK, mode=Mode.POST, standing=Standing.NEW).reason is Reason.OTHER


@pytest.mark.parametrize(
    ("approved", "rejected", "is_banned", "standing"),
    [
        pytest.param(0, 0, False, Standing.NEW, id="nobody has approved anything yet"),
        pytest.param(0, 3, False, Standing.NEW, id="refusals make nobody known"),
        pytest.param(1, 0, False, Standing.KNOWN, id="one approval makes known"),
        pytest.param(9, 0, False, Standing.KNOWN, id="nine are not ten"),
        pytest.param(10, 0, False, Standing.TRUSTED, id="ten without a refusal are trusted"),
        pytest.param(10, 1, False, Standing.TRUSTED, id="one refusal in ten is forgiven"),
        pytest.param(19, 2, False, Standing.KNOWN, id="two in nineteen are not"),
        pytest.param(20, 2, False, Standing.TRUSTED, id="two in twenty are"),
        pytest.param(100, 0, True, Standing.BANNED, id="a ban outweighs any record"),
    ],
)
def test_a_record_gives_a_standing(
    *, approved: int, rejected: int, is_banned: bool, standing: Standing
) -> None:
    assert standing_of(approved=approved, rejected=rejected, is_banned=is_banned) is standing


@pytest.mark.parametrize("is_honest", [True, False], ids=["honest", "silent"])
@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_is_told_unless_it_would_teach_spammers(*, reason: Reason, is_honest: bool) -> None:
    told = told_to_author(REJECTED, reason, is_honest=is_honest)

    is_hidden = reason in SILENT_REASONS and not is_honest
    assert told == (Told(PENDING, None) if is_hidden else Told(REJECTED, reason))


@pytest.mark.parametrize("status", [status for status in Status if status is not REJECTED])
def test_any_other_status_is_told_as_it_is_and_without_a_reason(status: Status) -> None:
    assert told_to_author(status, Reason.ADVERTISING, is_honest=False) == Told(status, None)


def test_a_new_site_shows_nothing_before_approval_and_asks_for_a_challenge() -> None:
    assert SitePolicy().mode is Mode.PRE
    assert SitePolicy().challenge == "image"
    assert SitePolicy().limits == PostingLimits()
