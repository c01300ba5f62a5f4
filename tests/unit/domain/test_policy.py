"""The truth table: verdict, mode and standing in, outcome out; and what the author hears of it."""

from collections.abc import Iterator
from itertools import product

import pytest

from moderation.domain.comment import Status
from moderation.domain.errors import SignInRequired
from moderation.domain.policy import (
    Mode,
    PostingLimits,
    SignIn,
    SitePolicy,
    Standing,
    Told,
    outcome,
    refuse_unsigned,
    standing_of,
    told_to_author,
)
from moderation.domain.reasons import SILENT_REASONS, Cause, Reason
from moderation.domain.writer import Writer
from moderation.rules import Verdict

ALLOW, REVIEW, BLOCK = Verdict.ALLOW, Verdict.REVIEW, Verdict.BLOCK
PENDING, PUBLISHED, REJECTED = Status.PENDING, Status.PUBLISHED, Status.REJECTED
PRE, RULE, BANNED = Cause.PRE_MODERATION, Cause.RULE, Cause.AUTHOR_BANNED
NOT_BANNED = (Standing.NEW, Standing.KNOWN, Standing.TRUSTED)

NO, YES, EITHER = (False,), (True,), (False, True)
NEW, KNOWN, TRUSTED, BAN = ((standing,) for standing in Standing)
OLD = (Standing.KNOWN, Standing.TRUSTED)
"""Those of whom something was approved: their links wait for nobody."""
LINK = Cause.FIRST_LINK

Row = tuple[
    str, Mode, Verdict, tuple[Standing, ...], tuple[bool, ...], tuple[bool, ...], Status, tuple[Cause, ...]
]
"""What happens in a sentence; mode, verdict, standings; whether the trusted pass; whether a link waits; the outcome."""
TABLE: tuple[Row, ...] = (
    ("waits: nothing shows before approval", Mode.PRE, ALLOW, NEW, EITHER, NO, PENDING, (PRE,)),
    ("waits, for its link as well", Mode.PRE, ALLOW, NEW, EITHER, YES, PENDING, (PRE, LINK)),
    ("waits: known is not trusted", Mode.PRE, ALLOW, KNOWN, EITHER, EITHER, PENDING, (PRE,)),
    ("waits: trust counts where the site says so", Mode.PRE, ALLOW, TRUSTED, NO, EITHER, PENDING, (PRE,)),
    ("shows at once: trusted, and nothing against it", Mode.PRE, ALLOW, TRUSTED, YES, EITHER, PUBLISHED, ()),
    ("waits, flagged, before approval", Mode.PRE, REVIEW, NEW, EITHER, NO, PENDING, (RULE, PRE)),
    ("waits, flagged and with a link", Mode.PRE, REVIEW, NEW, EITHER, YES, PENDING, (RULE, PRE, LINK)),
    ("waits, flagged, however trusted", Mode.PRE, REVIEW, OLD, EITHER, EITHER, PENDING, (RULE, PRE)),
    ("is refused before anyone looks", Mode.PRE, BLOCK, NOT_BANNED, EITHER, EITHER, REJECTED, (RULE,)),
    ("waits, for the ban as well", Mode.PRE, ALLOW, BAN, EITHER, EITHER, PENDING, (PRE, BANNED)),
    ("waits, flagged and banned", Mode.PRE, REVIEW, BAN, EITHER, EITHER, PENDING, (RULE, PRE, BANNED)),
    ("is refused, ban or not", Mode.PRE, BLOCK, BAN, EITHER, EITHER, REJECTED, (RULE,)),
    ("shows at once: no rule held", Mode.RULES, ALLOW, NEW, EITHER, NO, PUBLISHED, ()),
    ("waits for its link alone", Mode.RULES, ALLOW, NEW, EITHER, YES, PENDING, (LINK,)),
    ("shows at once, link or not", Mode.RULES, ALLOW, OLD, EITHER, EITHER, PUBLISHED, ()),
    ("waits because a rule held", Mode.RULES, REVIEW, NEW, EITHER, NO, PENDING, (RULE,)),
    ("waits for rule and link", Mode.RULES, REVIEW, NEW, EITHER, YES, PENDING, (RULE, LINK)),
    ("waits because a rule held, link or not", Mode.RULES, REVIEW, OLD, EITHER, EITHER, PENDING, (RULE,)),
    ("is refused by the rule", Mode.RULES, BLOCK, NOT_BANNED, EITHER, EITHER, REJECTED, (RULE,)),
    ("waits for the ban alone", Mode.RULES, ALLOW, BAN, EITHER, EITHER, PENDING, (BANNED,)),
    ("waits for rule and ban", Mode.RULES, REVIEW, BAN, EITHER, EITHER, PENDING, (RULE, BANNED)),
    ("is refused by the rule, banned", Mode.RULES, BLOCK, BAN, EITHER, EITHER, REJECTED, (RULE,)),
    ("shows and nobody need look", Mode.POST, ALLOW, NEW, EITHER, NO, PUBLISHED, ()),
    ("waits for its link though others show", Mode.POST, ALLOW, NEW, EITHER, YES, PENDING, (LINK,)),
    ("shows, link or not, unlooked at", Mode.POST, ALLOW, OLD, EITHER, EITHER, PUBLISHED, ()),
    ("shows and is queued as well", Mode.POST, REVIEW, NEW, EITHER, NO, PUBLISHED, (RULE,)),
    ("waits, flagged and with a link, unshown", Mode.POST, REVIEW, NEW, EITHER, YES, PENDING, (RULE, LINK)),
    ("shows and is queued, link or not", Mode.POST, REVIEW, OLD, EITHER, EITHER, PUBLISHED, (RULE,)),
    ("is refused even so", Mode.POST, BLOCK, NOT_BANNED, EITHER, EITHER, REJECTED, (RULE,)),
    ("waits though others would show", Mode.POST, ALLOW, BAN, EITHER, EITHER, PENDING, (BANNED,)),
    ("waits, flagged and banned, unshown", Mode.POST, REVIEW, BAN, EITHER, EITHER, PENDING, (RULE, BANNED)),
    ("is refused, banned", Mode.POST, BLOCK, BAN, EITHER, EITHER, REJECTED, (RULE,)),
    ("waits: it raced the closing", Mode.CLOSED, ALLOW, NEW, EITHER, NO, PENDING, (PRE,)),
    ("waits, late and with a link", Mode.CLOSED, ALLOW, NEW, EITHER, YES, PENDING, (PRE, LINK)),
    ("waits: closed is closed to the trusted too", Mode.CLOSED, ALLOW, OLD, EITHER, EITHER, PENDING, (PRE,)),
    ("waits, flagged, having raced the closing", Mode.CLOSED, REVIEW, NEW, EITHER, NO, PENDING, (RULE, PRE)),
    ("waits, flagged, late, with a link", Mode.CLOSED, REVIEW, NEW, EITHER, YES, PENDING, (RULE, PRE, LINK)),
    (
        "waits, flagged and late, trusted or not",
        Mode.CLOSED,
        REVIEW,
        OLD,
        EITHER,
        EITHER,
        PENDING,
        (RULE, PRE),
    ),
    ("is refused, open or closed", Mode.CLOSED, BLOCK, NOT_BANNED, EITHER, EITHER, REJECTED, (RULE,)),
    ("waits, banned and late", Mode.CLOSED, ALLOW, BAN, EITHER, EITHER, PENDING, (PRE, BANNED)),
    ("waits, flagged, banned, late", Mode.CLOSED, REVIEW, BAN, EITHER, EITHER, PENDING, (RULE, PRE, BANNED)),
    ("is refused, banned and late", Mode.CLOSED, BLOCK, BAN, EITHER, EITHER, REJECTED, (RULE,)),
)


def rows() -> Iterator[object]:
    for sentence, mode, verdict, standings, passes, links, status, causes in TABLE:
        for standing, trusted_pass, has_link in product(standings, passes, links):
            name = f"{mode} {verdict} {standing}{' pass' * trusted_pass}{' link' * has_link}: {sentence}"
            yield pytest.param(mode, verdict, standing, trusted_pass, has_link, status, causes, id=name)


def test_the_table_has_every_row_once() -> None:
    told = [
        (mode, verdict, *rest)
        for _, mode, verdict, standings, passes, links, *_ in TABLE
        for rest in product(standings, passes, links)
    ]

    assert sorted(told) == sorted(product(Mode, Verdict, Standing, EITHER, EITHER))


@pytest.mark.parametrize(
    ("mode", "verdict", "standing", "trusted_pass", "has_link", "status", "causes"), list(rows())
)
def test_a_verdict_becomes_an_outcome(
    *,
    mode: Mode,
    verdict: Verdict,
    standing: Standing,
    trusted_pass: bool,
    has_link: bool,
    status: Status,
    causes: tuple[Cause, ...],
) -> None:
    judged = outcome(
        verdict,
        mode=mode,
        standing=standing,
        reasons=[Reason.FRAUD, Reason.INSULT],
        trusted_pass=trusted_pass,
        has_waiting_link=has_link,
    )

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
    judged = outcome(verdict, mode=mode, standing=standing, further_causes=[cause], trusted_pass=True)

    assert judged.status is PENDING
    assert judged.needs_review
    assert cause in judged.causes


@pytest.mark.parametrize(("mode", "verdict", "standing"), list(product(Mode, Verdict, Standing)))
def test_what_is_pending_has_always_a_cause_and_a_person(
    mode: Mode, verdict: Verdict, standing: Standing
) -> None:
    judged = outcome(verdict, mode=mode, standing=standing)

    assert (judged.status is PENDING) <= (judged.needs_review and bool(judged.causes))


@pytest.mark.parametrize("sign_in", SignIn)
@pytest.mark.parametrize(
    "writer",
    [None, Writer(author_hash=b"x"), Writer(author_hash=b"x", subject="7", nickname="槐花")],
    ids=["nobody", "a browser", "a signed-in reader"],
)
def test_only_whom_the_portal_names_may_write_where_sign_in_is_required(
    sign_in: SignIn, writer: Writer | None
) -> None:
    is_signed_in = writer is not None and writer.subject is not None

    if sign_in is SignIn.REQUIRED and not is_signed_in:
        with pytest.raises(SignInRequired):
            refuse_unsigned(sign_in, writer)
    else:
        refuse_unsigned(sign_in, writer)


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
