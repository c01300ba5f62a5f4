"""Intake, whole: from a draft to what stands in the store, on both databases."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.adapters.rulesets import LoadedRuleSets
from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.domain.errors import (
    ChallengeExpired,
    ChallengeFailed,
    ChallengeRequired,
    Fault,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    Invalid,
    ModerationError,
    OriginNotAllowed,
    SiteUnknown,
    ThreadClosed,
    TooMany,
)
from moderation.domain.policy import ChallengeMode, Mode
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import ItemState, allowance
from moderation.flows import challenges, intake, sites
from moderation.flows.intake import Receipt
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.base import Base
from moderation.store.tables import (
    AuditEvent,
    Author,
    Challenge,
    Comment,
    Evaluation,
    IdempotencyKey,
    OutboxMessage,
    ReviewItem,
    Revision,
    RuleSetVersion,
    StoredMatch,
    Thread,
)
from tests.factories import ORIGIN, WIDE, a_comment, a_draft, a_rule, a_site, active_rules, an_asking
from tests.fakes import FrozenClock, MemoryLimits, RecordingLog

TOKEN = "mod_author_" + "a" * 43
OTHER_TOKEN = "mod_author_" + "b" * 43
WRITTEN: tuple[type[Base], ...] = (
    Thread,
    Author,
    Comment,
    Revision,
    Evaluation,
    StoredMatch,
    ReviewItem,
    OutboxMessage,
    IdempotencyKey,
)

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


def stored(session: Session) -> dict[str, int]:
    """Count what a posting may have written; the audit beside it only where comments are meant."""
    counted = {
        table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in WRITTEN
    }
    events = select(func.count()).select_from(AuditEvent).where(AuditEvent.subject_kind == "comment")
    counted["audit"] = session.scalar(events) or 0
    session.rollback()
    return {name: count for name, count in counted.items() if count}


def a_challenge(session: Session, services: Services, site_key: str = "demo", *, seconds: int = 180) -> UUID:
    """Issue a challenge; the answer of the n-th one of a test is n."""
    asked = an_asking(site_key=site_key)
    return challenges.issue(asked, seconds=seconds, session=session, services=services).id


def submit(session: Session, services: Services, changed: dict[str, object]) -> Receipt:
    draft = dataclasses.replace(a_draft(), **changed)  # type: ignore[arg-type]  # a test names fields of Draft
    return intake.submit(draft, session=session, services=services)


def posting(draft: Draft, services: Services) -> Callable[[Session], Receipt]:
    """Make a racer of a draft."""
    return lambda own: intake.submit(draft, session=own, services=services)


def item_of(session: Session, receipt: Receipt) -> ReviewItem | None:
    return session.scalars(
        select(ReviewItem).where(ReviewItem.comment_id == receipt.comment_id)
    ).one_or_none()


def test_a_comment_on_a_new_site_waits_for_a_person(session: Session, services: Services) -> None:
    a_site(session, services)

    receipt = a_comment(session, services)

    assert receipt.status is Status.PENDING
    assert receipt.thread.count == 0


def test_an_innocent_comment_shows_at_once_where_only_flagged_ones_wait(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])

    receipt = a_comment(session, services)

    assert receipt.status is Status.PUBLISHED
    assert receipt.thread.count == 1


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"site_key": "nowhere"}, SiteUnknown, id="an unknown site"),
        pytest.param({"site_key": "a\x00"}, SiteUnknown, id="a site key that cannot be one"),
        pytest.param({"origin": "https://evil.example"}, OriginNotAllowed, id="another page"),
        pytest.param({"origin": None}, OriginNotAllowed, id="no page at all"),
        pytest.param({"origin": "null"}, OriginNotAllowed, id="a sandboxed page"),
        pytest.param({"text": ""}, Invalid, id="no text"),
        pytest.param({"text": "字" * 1_001}, Invalid, id="a text above the site's bound"),
        pytest.param({"text": "a\x00b"}, Invalid, id="NUL"),
        pytest.param({"idempotency_key": "a b"}, IdempotencyKeyInvalid, id="a malformed key"),
        pytest.param({"parent_id": UUID(int=7)}, Invalid, id="a parent that is not there"),
        pytest.param({}, ChallengeRequired, id="no challenge"),
        pytest.param({"challenge_id": UUID(int=7)}, ChallengeRequired, id="no answer"),
        pytest.param(
            {"challenge_id": UUID(int=7), "challenge_answer": "1"}, ChallengeExpired, id="an invented challenge"
        ),
    ],
)  # fmt: skip
def test_a_refusal_at_any_step_stores_nothing(
    session: Session, services: Services, changed: dict[str, object], error: type[ModerationError]
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    with pytest.raises(error):
        submit(session, services, changed)

    assert stored(session) == {}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"site_key": "no", "origin": "https://x.example"}, SiteUnknown, id="site, then origin"),
        pytest.param({"origin": None, "text": ""}, OriginNotAllowed, id="origin, then faults"),
        pytest.param({"text": "", "idempotency_key": " "}, Invalid, id="faults, then the key"),
        pytest.param({"idempotency_key": " ", "thread_key": "shut"}, IdempotencyKeyInvalid, id="key, then mode"),
        pytest.param({"thread_key": "shut", "parent_id": UUID(int=7)}, ThreadClosed, id="mode, then parent"),
        pytest.param({"parent_id": UUID(int=7)}, Invalid, id="parent, then challenge"),
        pytest.param({}, ChallengeRequired, id="challenge, then limits"),
    ],
)  # fmt: skip
def test_the_checks_come_in_their_order(
    session: Session, services: Services, changed: dict[str, object], error: type[ModerationError]
) -> None:
    a_site(session, services)
    a_comment(session, services, thread_key="shut")
    sites.set_thread_mode("demo", "shut", Mode.CLOSED, session=session, services=services)
    spent = SiteSettings(challenge=ChallengeMode.IMAGE, limits=WIDE | {"client": "1/minute"})
    sites.change("demo", spent, session=session, services=services)

    with pytest.raises(error):
        submit(session, services, changed)


def test_a_closed_site_takes_nothing_even_where_a_thread_says_otherwise(
    session: Session, services: Services
) -> None:
    a_site(session, services)
    a_comment(session, services)
    sites.set_thread_mode("demo", "1553855", Mode.POST, session=session, services=services)
    sites.change("demo", SiteSettings(mode=Mode.CLOSED), session=session, services=services)

    with pytest.raises(ThreadClosed):
        a_comment(session, services)


def test_the_own_page_needs_no_origin(session: Session, services: Services) -> None:
    a_site(session, services)

    assert a_comment(session, services, origin=None, is_own_page=True).status is Status.PENDING


# Challenges --------------------------------------------------------------------------------------


def test_a_right_answer_is_good_for_one_comment(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenge_id = a_challenge(session, services)
    a_comment(session, services, challenge_id=challenge_id, challenge_answer=" １ ")

    with pytest.raises(ChallengeExpired):
        a_comment(session, services, challenge_id=challenge_id, challenge_answer="1")

    assert stored(session)["comments"] == 1


def test_a_wrong_answer_burns_the_challenge(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenge_id = a_challenge(session, services)
    with pytest.raises(ChallengeFailed):
        a_comment(session, services, challenge_id=challenge_id, challenge_answer="2", idempotency_key="k")

    with pytest.raises(ChallengeExpired):
        a_comment(session, services, challenge_id=challenge_id, challenge_answer="1", idempotency_key="k")

    assert stored(session) == {}


def test_an_expired_challenge_is_refused(session: Session, services: Services, clock: FrozenClock) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenge_id = a_challenge(session, services, seconds=180)
    clock.move(seconds=180)

    with pytest.raises(ChallengeExpired):
        a_comment(session, services, challenge_id=challenge_id, challenge_answer="1")


def test_another_sites_challenge_is_refused_and_stays_good_there(
    session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    a_site(session, services, "other", challenge=ChallengeMode.IMAGE)
    challenge_id = a_challenge(session, services, "other")
    with pytest.raises(ChallengeExpired):
        a_comment(session, services, challenge_id=challenge_id, challenge_answer="1")

    receipt = a_comment(session, services, site_key="other", challenge_id=challenge_id, challenge_answer="1")

    assert receipt.status is Status.PENDING


def test_a_challenge_is_burnt_even_when_the_limit_then_refuses(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE, limits=WIDE | {"client": "1/minute"})
    a_comment(session, services, challenge_id=a_challenge(session, services), challenge_answer="1")
    second = a_challenge(session, services)

    with pytest.raises(TooMany):
        a_comment(session, services, challenge_id=second, challenge_answer="2")

    with pytest.raises(ChallengeExpired):
        a_comment(session, services, challenge_id=second, challenge_answer="2")


def test_the_retry_of_a_limited_posting_needs_no_second_challenge(
    session: Session, services: Services, limits: MemoryLimits
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE, limits=WIDE | {"client": "1/minute"})
    a_comment(session, services, challenge_id=a_challenge(session, services), challenge_answer="1")
    draft = a_draft(
        challenge_id=a_challenge(session, services), challenge_answer="2", idempotency_key="again"
    )
    with pytest.raises(TooMany):
        intake.submit(draft, session=session, services=services)
    limits.reset()

    receipt = intake.submit(draft, session=session, services=services)

    assert receipt.status is Status.PENDING


# Repeated postings -------------------------------------------------------------------------------


def test_a_repeated_posting_gets_its_first_receipt_and_spends_nothing(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.RULES, limits=WIDE | {"client": "1/minute"})
    first = a_comment(session, services, idempotency_key="k1")
    clock.move(minutes=3)

    again = a_comment(session, services, idempotency_key="k1")

    assert again == first
    assert stored(session)["comments"] == 1


def test_a_repeat_is_answered_though_the_thread_has_closed_since(
    session: Session, services: Services
) -> None:
    a_site(session, services)
    first = a_comment(session, services, idempotency_key="k1")
    sites.set_thread_mode("demo", "1553855", Mode.CLOSED, session=session, services=services)

    assert a_comment(session, services, idempotency_key="k1") == first


def test_a_key_with_another_body_is_refused(session: Session, services: Services) -> None:
    a_site(session, services)
    a_comment(session, services, idempotency_key="k1")

    with pytest.raises(IdempotencyKeyReused):
        a_comment(session, services, "别的话", idempotency_key="k1")

    assert stored(session)["comments"] == 1


def test_a_key_belongs_to_one_site(session: Session, services: Services) -> None:
    a_site(session, services)
    a_site(session, services, "other")
    first = a_comment(session, services, idempotency_key="k1")

    second = a_comment(session, services, "别的话", idempotency_key="k1", site_key="other")

    assert second.comment_id != first.comment_id


def test_twins_racing_with_one_challenge_make_one_comment_and_hear_the_same(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    for round_number in range(1, 6):
        draft = a_draft(
            f"第{round_number}回",
            challenge_id=a_challenge(session, services),
            challenge_answer=str(round_number),
            idempotency_key=f"twin-{round_number}",
            author_token=TOKEN,
        )

        receipts = race([posting(draft, services)] * 4)

        assert len({repr(receipt) for receipt in receipts}) == 1, receipts
        assert isinstance(receipts[0], Receipt)
        assert stored(session)["comments"] == round_number
        assert stored(session)["idempotency_keys"] == round_number


def test_racers_with_one_challenge_and_no_key_make_one_comment(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    draft = a_draft(challenge_id=a_challenge(session, services), challenge_answer="1")

    results = race([posting(draft, services)] * 4)

    assert sorted(type(result).__name__ for result in results) == ["ChallengeExpired"] * 3 + ["Receipt"]
    assert stored(session)["comments"] == 1


def test_racers_with_one_key_and_two_bodies_store_one_of_them(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services)
    drafts = [a_draft(text, idempotency_key="k") for text in ("这个", "那个")]

    results = race([posting(draft, services) for draft in drafts])

    assert sorted(type(result).__name__ for result in results) == ["IdempotencyKeyReused", "Receipt"]
    assert stored(session)["comments"] == 1


def test_first_comments_racing_on_a_new_thread_share_it_and_count_right(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, mode=Mode.POST)
    drafts = [a_draft(f"第{number}条", author_token=TOKEN) for number in range(8)]

    results = race([posting(draft, services) for draft in drafts])

    assert all(isinstance(result, Receipt) for result in results), results
    assert session.scalars(select(Thread.published_count)).all() == [8]
    assert session.scalars(select(Thread.version)).all() == [9]
    assert len(session.scalars(select(Author)).all()) == 1


# Limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "limit", "other"),
    [
        pytest.param("client", "client", {"client": "192.0.2.8"}, id="of one client"),
        pytest.param("client-thread", "client_and_thread", {"thread_key": "2"}, id="of one client in a thread"),
        pytest.param("author", "author", {"author_token": OTHER_TOKEN}, id="of one author"),
    ],
)  # fmt: skip
def test_a_spent_limit_refuses_this_key_and_no_other(
    session: Session, services: Services, scope: str, limit: str, other: dict[str, object]
) -> None:
    a_site(session, services, limits=WIDE | {limit: "2/minute"})
    for text in ("一", "二"):
        a_comment(session, services, text, author_token=TOKEN)

    with pytest.raises(TooMany) as refused:
        a_comment(session, services, "三", author_token=TOKEN)
    passed = a_comment(session, services, "四", **({"author_token": TOKEN} | other))

    assert (refused.value.scope, refused.value.limit, refused.value.retry_after_seconds) == (scope, 2, 20)
    assert passed.status is Status.PENDING
    assert stored(session)["comments"] == 3


def test_what_is_too_much_for_the_site_waits_instead_of_being_refused(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits=WIDE | {"site": "1/minute"})
    assert a_comment(session, services, "一").status is Status.PUBLISHED

    receipt = a_comment(session, services, "二", client="192.0.2.99")

    item = item_of(session, receipt)
    assert receipt.status is Status.PENDING
    assert item is not None
    assert item.causes == [Cause.SITE_BUSY]


def test_the_same_text_again_and_again_waits_however_it_is_dressed(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits=WIDE | {"same_text": "2/10minutes"})
    assert a_comment(session, services, "Buy cheap watches NOW").status is Status.PUBLISHED
    assert a_comment(session, services, "ｂｕｙ cheap w-a-t-c-h-e-s now").status is Status.PUBLISHED

    receipt = a_comment(session, services, "buy cheap watches now!", client="192.0.2.99", thread_key="2")

    item = item_of(session, receipt)
    assert receipt.status is Status.PENDING
    assert item is not None
    assert item.causes == [Cause.SAME_TEXT]


def test_limits_of_one_site_are_not_spent_on_another(session: Session, services: Services) -> None:
    narrow = WIDE | {"client": "1/minute"}
    a_site(session, services, limits=narrow)
    a_site(session, services, "other", limits=narrow)
    a_comment(session, services)

    assert a_comment(session, services, site_key="other").status is Status.PENDING


# Rules -------------------------------------------------------------------------------------------


def test_a_blocked_comment_is_stored_refused_and_queued_for_nobody(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK, category="fraud")])

    receipt = a_comment(session, services, "加微信 abc")

    comment = session.get_one(Comment, receipt.comment_id)
    assert (receipt.status, receipt.reason) == (Status.REJECTED, Reason.FRAUD)
    assert (comment.status, comment.reason, comment.is_told) == (Status.REJECTED, Reason.FRAUD, True)
    assert item_of(session, receipt) is None


@pytest.mark.parametrize("is_honest", [True, False], ids=["an honest site", "a silent site"])
def test_advertising_is_answered_as_if_it_waited_unless_the_site_is_honest(
    *, session: Session, services: Services, is_honest: bool
) -> None:
    a_site(session, services, mode=Mode.RULES, is_honest=is_honest)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])

    receipt = a_comment(session, services, "加微信 abc", idempotency_key="k")

    told = (Status.REJECTED, Reason.ADVERTISING) if is_honest else (Status.PENDING, None)
    comment = session.get_one(Comment, receipt.comment_id)
    assert (receipt.status, receipt.reason) == told
    assert a_comment(session, services, "加微信 abc", idempotency_key="k") == receipt
    assert (comment.status, comment.is_told) == (Status.REJECTED, is_honest)


def test_a_flagged_comment_waits_with_its_matches_and_the_risk_they_make(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("花海")])

    receipt = a_comment(session, services, "看花海去")

    item = item_of(session, receipt)
    match = session.scalars(select(StoredMatch)).one()
    assert item is not None
    assert (item.causes, item.risk) == ([Cause.RULE], 50)
    assert (item.rule_key, item.category) == (match.rule_key, match.category)
    assert item.due_at - item.created_at == allowance(ItemState.WAITING, 50)
    assert (match.start, match.stop, match.term) == (1, 3, "花海")


def test_the_public_reads_a_masked_text_and_the_desk_the_original(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("笨蛋", Action.MASK)])

    receipt = a_comment(session, services, "你这笨蛋啊", nickname=" 笨蛋先生 ", link="https://x.example/笨蛋")

    revision = session.get_one(Revision, (receipt.comment_id, 1))
    assert receipt.status is Status.PUBLISHED
    assert (revision.text, revision.shown_text) == ("你这笨蛋啊", "你这**啊")
    assert (revision.nickname, revision.shown_nickname) == ("笨蛋先生", "**先生")
    assert revision.link is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="nothing is left of it"),
        pytest.param(lambda blob: blob[:-1], id="it was cut"),
        pytest.param(lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]), id="a bit was turned"),
        pytest.param(lambda blob: b"[]\n" + blob, id="another header"),
        pytest.param(lambda _: b"\xff\xfe" * 9_000, id="no header"),
    ],
)
def test_a_damaged_rule_set_leaves_comments_to_a_person(
    session: Session, services: Services, log: RecordingLog, damage: Callable[[bytes], bytes]
) -> None:
    a_site(session, services, mode=Mode.POST)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])
    blob = session.scalars(select(RuleSetVersion.artefact)).one()
    assert blob is not None
    session.execute(update(RuleSetVersion).values(artefact=damage(blob)))
    session.commit()
    fresh = dataclasses.replace(services, rule_sets=LoadedRuleSets())

    receipt = a_comment(session, fresh, "加微信 abc")

    item = item_of(session, receipt)
    assert receipt.status is Status.PENDING
    assert item is not None
    assert item.causes == [Cause.CHECK_FAILED]
    assert "rule-set.failed" in [event for event, _ in log.lines]


def test_a_text_too_full_for_the_rules_to_read_waits_for_a_person(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    crowd = [a_rule("a" * length, Action.MASK) for length in (1, 2, 3, 4)]
    active_rules(session, services, [*crowd, a_rule("加微信", Action.BLOCK)])

    receipt = a_comment(session, services, "a" * 990 + " 加微信 abc")

    assert receipt.status is not Status.PUBLISHED


# Replies and authors -----------------------------------------------------------------------------


def test_replies_at_any_depth_stand_below_one_root(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "一")
    child = a_comment(session, services, "二", parent_id=root.comment_id)
    grandchild = a_comment(session, services, "三", parent_id=child.comment_id)

    found = session.get_one(Comment, grandchild.comment_id)
    top = session.get_one(Comment, root.comment_id)

    assert (found.parent_id, found.root_id) == (child.comment_id, root.comment_id)
    assert top.published_reply_count == 2
    assert grandchild.thread.count == 3


@pytest.mark.parametrize("case", ["pending", "rejected", "another thread", "another site", "unknown"])
def test_only_a_published_comment_of_the_thread_can_be_answered(
    session: Session, services: Services, case: str
) -> None:
    a_site(session, services, mode=Mode.RULES)
    a_site(session, services, "other", mode=Mode.POST)
    active_rules(session, services, [a_rule("等等"), a_rule("加微信", Action.BLOCK)])
    parent = {
        "pending": lambda: a_comment(session, services, "等等").comment_id,
        "rejected": lambda: a_comment(session, services, "加微信").comment_id,
        "another thread": lambda: a_comment(session, services, "好", thread_key="2").comment_id,
        "another site": lambda: a_comment(session, services, "好", site_key="other").comment_id,
        "unknown": uuid4,
    }[case]()
    a_comment(session, services, "有人")

    with pytest.raises(Invalid) as refused:
        a_comment(session, services, "回复", parent_id=parent)

    assert list(refused.value.faults) == [Fault("/parent_id", "unknown-comment")]


def test_a_banned_author_waits_where_others_show(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services, "一", author_token=TOKEN)
    ban = clock.now().replace(hour=9)
    session.execute(update(Author).values(banned_until=ban))
    session.commit()

    during = a_comment(session, services, "二", author_token=TOKEN)
    other = a_comment(session, services, "三", author_token=OTHER_TOKEN)
    clock.moment = ban
    after = a_comment(session, services, "四", author_token=TOKEN)

    item = item_of(session, during)
    assert [receipt.status for receipt in (during, other, after)] == [
        Status.PENDING,
        Status.PUBLISHED,
        Status.PUBLISHED,
    ]
    assert item is not None
    assert item.causes == [Cause.AUTHOR_BANNED]


def test_an_author_is_kept_by_the_hash_of_the_token_alone(session: Session, services: Services) -> None:
    a_site(session, services)
    a_comment(session, services, author_token=TOKEN)

    author = session.scalars(select(Author)).one()

    assert author.token_hash == services.secrets.digest(TOKEN)


def test_a_clients_address_is_kept_as_a_hash_that_changes_every_day(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    first = a_comment(session, services, "一")
    same_day = a_comment(session, services, "二")
    clock.move(days=1)
    next_day = a_comment(session, services, "三")

    keys = [session.get_one(Comment, each.comment_id).client_key for each in (first, same_day, next_day)]

    assert keys[0] == keys[1] != keys[2]
    assert None not in keys


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param(f"{ORIGIN}/a?b=1", f"{ORIGIN}/a?b=1", id="the site's own page"),
        pytest.param("https://evil.example/a", None, id="somebody else's page"),
        pytest.param(f"{ORIGIN}.evil.example/", None, id="a host that only begins alike"),
        pytest.param(f"https://user@{ORIGIN[8:]}/", None, id="a page behind a name"),
    ],
)
def test_a_thread_keeps_only_an_address_of_its_site(
    session: Session, services: Services, url: str, kept: str | None
) -> None:
    a_site(session, services)

    a_comment(session, services, thread_url=url, thread_title="标题")

    assert session.execute(select(Thread.url, Thread.title)).one() == (kept, "标题")


def test_the_challenge_is_burnt_in_the_store_as_well(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenge_id = a_challenge(session, services)
    draft: Draft = a_draft(challenge_id=challenge_id, challenge_answer="9")
    with pytest.raises(ChallengeFailed):
        intake.submit(draft, session=session, services=services)

    kept = session.get_one(Challenge, challenge_id)

    assert kept.redeemed_at == services.clock.now()
    assert kept.redeemed_for is None


def test_a_title_that_a_rule_has_something_against_is_not_kept(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信")])

    receipt = a_comment(session, services, "路过", thread_title="花海开园，加 微 信 领票")

    assert receipt.status is Status.PUBLISHED
    assert session.scalars(select(Thread.title)).all() == [None]
