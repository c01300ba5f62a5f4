"""An author edits: the new text passes every check, and shows nowhere before it has. On both databases."""

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import (
    CommentSettled,
    CommentUnknown,
    IdempotencyKeyReused,
    Invalid,
    ModerationError,
    OriginNotAllowed,
    RevisionStale,
    ThreadClosed,
    TooMany,
    UndoTooLate,
)
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import bulk, reading, review, searching, sites, withdrawing
from moderation.flows.bulk import BulkDone, Choice
from moderation.flows.intake import Receipt, Revised
from moderation.flows.reading import PageQuery
from moderation.flows.review import Decided, Reviewer, Ruling
from moderation.flows.searching import Wanted
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import (
    AuditEvent,
    Comment,
    Evaluation,
    FingerprintBand,
    IdempotencyKey,
    OutboxMessage,
    ReviewItem,
    Revision,
    Site,
    Thread,
)
from tests.factories import (
    AUTHOR_TOKEN,
    LEASE_TOKEN,
    WIDE,
    a_caller,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    a_writer,
    active_rules,
    an_account,
    revised,
)
from tests.fakes import FrozenClock
from tests.integration.conftest import Act, Race

QUERY = PageQuery(site_key="demo", thread_key="1553855")


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    made = a_site(session, services, mode=Mode.RULES)
    session.execute(update(Site).values(second_look_percent=0))
    session.commit()
    active_rules(
        session,
        services,
        [
            a_rule("等等"),
            a_rule("加微信", Action.BLOCK),
            a_rule("骂人", Action.BLOCK, category="insult"),
            a_rule("遮住", Action.MASK),
        ],
    )
    return made


@pytest.fixture
def moderator(session: Session, services: Services, site: UUID) -> Reviewer:
    account_id = an_account(session, services)
    return Reviewer(account_id=account_id, name="Lin", site_ids=(site,), senior_site_ids=())


def own(session: Session, services: Services, text: str = "花海开得真早", **changed: object) -> Receipt:
    return a_comment(session, services, text, author_token=AUTHOR_TOKEN, **changed)


def comment_of(session: Session, comment_id: UUID) -> Comment:
    session.rollback()
    return session.get_one(Comment, comment_id, populate_existing=True)


def item_of(session: Session, comment_id: UUID) -> ReviewItem | None:
    session.rollback()
    return session.scalars(
        select(ReviewItem).where(ReviewItem.comment_id == comment_id, ReviewItem.closed_at.is_(None))
    ).one_or_none()


def texts_of(session: Session, comment_id: UUID) -> list[str]:
    session.rollback()
    texts = select(Revision.text).where(Revision.comment_id == comment_id).order_by(Revision.number)
    return list(session.scalars(texts))


def shown(session: Session) -> list[str | None]:
    page = reading.thread_page(QUERY, frozenset(), session=session).body
    assert page is not None
    assert page.thread.count == len([one for one in page.comments if one.text is not None])
    return [one.text for one in page.comments]


def etag(session: Session) -> str:
    return reading.thread_page(QUERY, frozenset(), session=session).etag


@pytest.mark.usefixtures("site")
def test_a_clean_edit_stays_published_with_the_new_text_and_a_new_version(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    posted = own(session, services)
    before = etag(session)
    clock.move(minutes=2)

    answer = revised(session, services, posted.comment_id, "花海开得真早，明天去看")

    assert answer == Revised(
        comment_id=posted.comment_id,
        status=Status.PUBLISHED,
        reason=None,
        revision=2,
        text="花海开得真早，明天去看",
        editable_until=posted.created_at + timedelta(minutes=30),
    )
    assert shown(session) == ["花海开得真早，明天去看"]
    assert etag(session) != before
    assert texts_of(session, posted.comment_id) == ["花海开得真早", "花海开得真早，明天去看"]
    assert item_of(session, posted.comment_id) is None
    page = reading.thread_page(QUERY, frozenset(), session=session).body
    assert page is not None
    assert page.comments[0].edited_at == clock.now()


@pytest.mark.usefixtures("site")
def test_an_edit_that_a_rule_flags_takes_the_comment_down_until_a_person_has_looked(
    session: Session, services: Services
) -> None:
    posted = own(session, services)

    answer = revised(session, services, posted.comment_id, "等等再说吧")

    assert (answer.status, answer.revision) == (Status.PENDING, 2)
    assert shown(session) == []
    item = item_of(session, posted.comment_id)
    assert item is not None
    assert (item.state, item.revision, item.causes) == (ItemState.WAITING, 2, ["rule", "edited"])
    assert item.rule_key is not None
    evaluations = select(Evaluation.revision, Evaluation.verdict).order_by(Evaluation.revision)
    assert session.execute(evaluations).all() == [(1, "allow"), (2, "review")]


@pytest.mark.usefixtures("site")
def test_a_flagged_edit_in_post_moderation_shows_and_waits(session: Session, services: Services) -> None:
    sites.change("demo", SiteSettings(mode=Mode.POST), session=session, services=services)
    posted = own(session, services)

    answer = revised(session, services, posted.comment_id, "等等再说吧")

    assert answer.status is Status.PUBLISHED
    assert shown(session) == ["等等再说吧"]
    item = item_of(session, posted.comment_id)
    assert item is not None
    assert item.causes == ["rule", "edited"]


@pytest.mark.usefixtures("site")
def test_an_edit_in_pre_moderation_waits_though_the_first_text_was_approved(
    session: Session, services: Services
) -> None:
    posted = own(session, services)
    sites.change("demo", SiteSettings(mode=Mode.PRE), session=session, services=services)

    answer = revised(session, services, posted.comment_id, "花海开得真早！明天去看")

    assert answer.status is Status.PENDING
    assert shown(session) == []
    item = item_of(session, posted.comment_id)
    assert item is not None
    assert item.causes == ["pre-moderation", "edited"]


@pytest.mark.usefixtures("site")
def test_an_edit_never_lets_a_waiting_comment_through(session: Session, services: Services) -> None:
    posted = own(session, services, "等等再说吧")
    waits = item_of(session, posted.comment_id)
    assert waits is not None
    before = (waits.id, waits.due_at)

    answer = revised(session, services, posted.comment_id, "花海开得真早")

    assert answer.status is Status.PENDING
    item = item_of(session, posted.comment_id)
    assert item is not None
    assert (item.id, item.revision, item.causes) == (before[0], 2, ["edited"])
    assert (item.rule_key, item.risk) == (None, 0)
    assert item.due_at == before[1], "nobody puts off a look by writing"


@pytest.mark.usefixtures("site")
def test_an_edit_that_a_rule_blocks_refuses_the_comment_and_tells_its_category(
    session: Session, services: Services
) -> None:
    sites.change("demo", SiteSettings(mode=Mode.PRE), session=session, services=services)
    posted = own(session, services)

    answer = revised(session, services, posted.comment_id, "骂人的话")

    assert (answer.status, answer.reason, answer.editable_until) == (Status.REJECTED, Reason.INSULT, None)
    assert item_of(session, posted.comment_id) is None


@pytest.mark.usefixtures("site")
def test_a_silently_refused_comment_answers_an_edit_as_a_waiting_one_does(
    session: Session, services: Services
) -> None:
    sites.change("demo", SiteSettings(mode=Mode.PRE), session=session, services=services)
    waiting, silent = own(session, services, "天气不错"), own(session, services, "加微信领红包")
    answers: list[list[tuple[object, ...]]] = [[], []]
    for posted, told in zip((waiting, silent), answers, strict=True):
        for number, text in enumerate(["另一句话", "加微信领红包", "第三句话", "骂人的话"], start=1):
            answer = revised(session, services, posted.comment_id, text + str(number), revision=number)
            told.append((answer.status, answer.reason, answer.revision, answer.editable_until))

    assert answers[0] == answers[1]
    assert answers[0][-1][0] is Status.REJECTED


@pytest.mark.usefixtures("site")
def test_a_silently_refused_comment_waits_for_a_person_once_its_text_is_clean(
    session: Session, services: Services
) -> None:
    posted = own(session, services, "加微信领红包")
    assert comment_of(session, posted.comment_id).status is Status.REJECTED

    revised(session, services, posted.comment_id, "花海开得真早")

    comment = comment_of(session, posted.comment_id)
    assert (comment.status, comment.reason, comment.is_told) == (Status.PENDING, None, True)
    item = item_of(session, posted.comment_id)
    assert item is not None
    assert item.causes == ["edited"]


@pytest.mark.usefixtures("site")
def test_masks_search_and_repeats_follow_the_new_text(
    session: Session, services: Services, moderator: Reviewer
) -> None:
    posted = own(session, services, "今天早上在公园看见一只很大的鸟")
    group = comment_of(session, posted.comment_id).text_hash
    bands = set(session.scalars(select(FingerprintBand.value)))

    revised(session, services, posted.comment_id, "昨天晚上的演出把遮住的舞台灯全打开了")

    assert shown(session) == ["昨天晚上的演出把**的舞台灯全打开了"]
    assert comment_of(session, posted.comment_id).text_hash != group
    assert set(session.scalars(select(FingerprintBand.value))).isdisjoint(bands)
    found = {
        word: len(searching.search(Wanted(words=word), site_ids=moderator.site_ids, session=session).rows)
        for word in ("公园", "演出")
    }
    assert found == {"公园": 0, "演出": 1}


@pytest.mark.usefixtures("site")
def test_who_words_his_own_text_anew_repeats_nobody(session: Session, services: Services) -> None:
    sites.change(
        "demo", SiteSettings(limits=WIDE | {"same_text": "1/day"}), session=session, services=services
    )
    text = "今天早上在公园看见一只很大的鸟停在树上"
    posted = own(session, services, text)

    again = revised(session, services, posted.comment_id, text + "！")
    copy = own(session, services, text)

    assert again.status is Status.PUBLISHED
    assert copy.status is Status.PENDING


@pytest.mark.usefixtures("site")
def test_an_edit_into_what_others_have_written_too_often_waits(session: Session, services: Services) -> None:
    sites.change(
        "demo", SiteSettings(limits=WIDE | {"same_text": "1/day"}), session=session, services=services
    )
    text = "今天早上在公园看见一只很大的鸟停在树上"
    a_comment(session, services, text)
    posted = own(session, services)

    answer = revised(session, services, posted.comment_id, text)

    assert answer.status is Status.PENDING
    item = item_of(session, posted.comment_id)
    assert item is not None
    assert item.causes == [Cause.SAME_TEXT, Cause.EDITED]


@pytest.mark.usefixtures("site")
def test_the_same_text_again_changes_nothing(session: Session, services: Services) -> None:
    posted = own(session, services)
    sites.change("demo", SiteSettings(mode=Mode.PRE), session=session, services=services)

    answer = revised(session, services, posted.comment_id, "花海开得真早")

    assert (answer.status, answer.revision) == (Status.PUBLISHED, 1)
    assert texts_of(session, posted.comment_id) == ["花海开得真早"]


@pytest.mark.usefixtures("site")
def test_an_edit_keeps_the_name_and_the_link_unless_it_gives_another_name(
    session: Session, services: Services
) -> None:
    posted = own(session, services, link="https://own.example/")

    revised(session, services, posted.comment_id, "第二句话")
    revised(session, services, posted.comment_id, "第二句话", nickname="新名字", revision=2)

    page = reading.thread_page(QUERY, frozenset(), session=session).body
    assert page is not None
    (comment,) = page.comments
    assert (comment.nickname, comment.link) == ("新名字", "https://own.example/")
    session.rollback()
    names = select(Revision.nickname).order_by(Revision.number)
    assert session.scalars(names).all() == ["晨曦", "晨曦", "新名字"]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"site_key": "nowhere"}, ModerationError, id="an unknown site"),
        pytest.param(
            {"caller": a_caller(origin="https://evil.example")}, OriginNotAllowed, id="another page"
        ),
        pytest.param({"comment_id": UUID(int=1)}, CommentUnknown, id="an unknown comment"),
        pytest.param({"text": " "}, Invalid, id="a blank text"),
        pytest.param({"text": "\x00"}, Invalid, id="a text that cannot be stored"),
        pytest.param({"nickname": ""}, Invalid, id="a blank name"),
        pytest.param({"revision": 0}, RevisionStale, id="a text that never was"),
        pytest.param({"revision": 2}, RevisionStale, id="a text that is not yet"),
    ],
)
def test_an_unsound_edit_is_refused_and_the_text_stays(
    session: Session, services: Services, changed: dict[str, object], error: type[ModerationError]
) -> None:
    posted = own(session, services)
    fields: dict[str, object] = {"comment_id": posted.comment_id, "text": "另一句话", **changed}

    with pytest.raises(error):
        revised(session, services, **fields)  # type: ignore[arg-type]  # a test names fields of Edit

    assert texts_of(session, posted.comment_id) == ["花海开得真早"]


@pytest.mark.usefixtures("site")
def test_nobody_edits_what_another_wrote(session: Session, services: Services) -> None:
    posted = own(session, services)
    nobodys = a_comment(session, services, "无名")
    stranger = a_writer("mod_author_" + "b" * 43)

    for comment_id in (posted.comment_id, nobodys.comment_id):
        with pytest.raises(CommentUnknown):
            revised(session, services, comment_id, "别的话", writer=stranger)


@pytest.mark.usefixtures("site")
def test_the_time_for_edits_ends_and_a_site_may_give_none(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    posted = own(session, services)
    clock.move(minutes=30)
    revised(session, services, posted.comment_id, "第二句话")
    clock.move(seconds=1)

    with pytest.raises(CommentSettled):
        revised(session, services, posted.comment_id, "第三句话", revision=2)
    session.rollback()
    session.execute(update(Site).values(edit_minutes=0))
    session.commit()
    fresh = own(session, services)
    assert fresh.editable_until is None
    with pytest.raises(CommentSettled):
        revised(session, services, fresh.comment_id, "第二句话")


@pytest.mark.usefixtures("site")
def test_what_was_refused_or_withdrawn_is_no_longer_its_authors_to_edit(
    session: Session, services: Services
) -> None:
    refused, taken_back = own(session, services, "骂人的话"), own(session, services)
    withdrawing.withdraw(
        "demo",
        taken_back.comment_id,
        writer=a_writer(),
        caller=a_caller(),
        session=session,
        services=services,
    )

    for posted in (refused, taken_back):
        with pytest.raises(CommentSettled):
            revised(session, services, posted.comment_id, "别的话")


@pytest.mark.usefixtures("site")
def test_a_closed_thread_takes_no_new_text(session: Session, services: Services) -> None:
    posted = own(session, services)
    sites.change("demo", SiteSettings(mode=Mode.CLOSED), session=session, services=services)

    with pytest.raises(ThreadClosed):
        revised(session, services, posted.comment_id, "别的话")


@pytest.mark.usefixtures("site")
def test_edits_are_limited_for_their_author(session: Session, services: Services) -> None:
    sites.change("demo", SiteSettings(limits=WIDE | {"edit": "2/hour"}), session=session, services=services)
    posted = own(session, services)
    for number in (1, 2):
        revised(session, services, posted.comment_id, f"第{number}句话", revision=number)

    with pytest.raises(TooMany) as refused:
        revised(session, services, posted.comment_id, "再一句话", revision=3)

    assert refused.value.scope == "edit"


@pytest.mark.usefixtures("site")
def test_a_repeated_edit_gets_its_first_answer_and_no_text_is_kept_beside_the_comment(
    session: Session, services: Services
) -> None:
    posted = own(session, services, idempotency_key="posting")
    first = revised(session, services, posted.comment_id, "第二句话", idempotency_key="edit")
    revised(session, services, posted.comment_id, "第三句话", revision=2)

    again = revised(session, services, posted.comment_id, "第二句话", idempotency_key="edit")

    assert again == first
    assert texts_of(session, posted.comment_id) == ["花海开得真早", "第二句话", "第三句话"]
    kept = repr(session.scalars(select(IdempotencyKey.receipt)).all())
    assert "句话" not in kept
    assert posted.code not in kept
    for key in ("posting", "edit"):
        with pytest.raises(IdempotencyKeyReused):
            revised(session, services, posted.comment_id, "第四句话", revision=3, idempotency_key=key)


@pytest.mark.usefixtures("site")
def test_the_audit_and_the_outbox_hear_of_an_edit_and_never_its_text(
    session: Session, services: Services
) -> None:
    posted = own(session, services)

    revised(session, services, posted.comment_id, "等等再说吧")

    session.rollback()
    events = session.execute(
        select(AuditEvent.name, AuditEvent.old, AuditEvent.new, AuditEvent.actor_kind)
        .where(AuditEvent.subject_id == posted.comment_id)
        .order_by(AuditEvent.id)
    ).all()
    assert [name for name, *_ in events] == [
        EventName.COMMENT_RECEIVED,
        EventName.COMMENT_PUBLISHED,
        EventName.COMMENT_RETURNED,
        EventName.COMMENT_EDITED,
    ]
    assert tuple(events[-1][1:]) == (
        {"status": "pending", "revision": 1},
        {"status": "pending", "revision": 2},
        "author",
    )
    told = session.scalars(select(OutboxMessage).where(OutboxMessage.name == "comment.edited")).one()
    assert told.payload["revision"] == 2
    assert "等等" not in repr((events, told.payload))


def test_a_moderator_who_has_read_the_old_text_is_told_that_it_is_stale(
    session: Session, services: Services, moderator: Reviewer
) -> None:
    posted = own(session, services, "等等再说吧")
    held = a_claim(session, services, moderator)
    assert held is not None
    revised(session, services, posted.comment_id, "等等看吧")
    ruling = Ruling(item_id=held.item_id, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.APPROVE)

    with pytest.raises(RevisionStale):
        review.decide(ruling, reviewer=moderator, session=session, services=services)

    assert comment_of(session, posted.comment_id).status is Status.PENDING
    read = Ruling(item_id=held.item_id, lease_token=LEASE_TOKEN, revision=2, kind=DecisionKind.APPROVE)
    review.decide(read, reviewer=moderator, session=session, services=services)
    assert shown(session) == ["等等看吧"]


def test_an_edit_after_an_approval_goes_through_the_queue_again_and_the_approval_cannot_be_undone(
    session: Session, services: Services, moderator: Reviewer
) -> None:
    posted = own(session, services, "等等再说吧")
    held = a_claim(session, services, moderator)
    assert held is not None
    ruling = Ruling(item_id=held.item_id, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.APPROVE)
    made = review.decide(ruling, reviewer=moderator, session=session, services=services)

    answer = revised(session, services, posted.comment_id, "等等看吧")

    assert answer.status is Status.PENDING
    with pytest.raises(ModerationError):
        review.undo(
            made.decision_id, token=LEASE_TOKEN, reviewer=moderator, session=session, services=services
        )
    assert shown(session) == []


def test_a_selection_of_a_list_passes_over_what_was_edited_since_the_list_was_read(
    session: Session, services: Services, moderator: Reviewer, clock: FrozenClock
) -> None:
    posts = [own(session, services, f"等等{number}") for number in range(3)]
    items = tuple(session.scalars(select(ReviewItem.id)))
    clock.move(minutes=1)
    revised(session, services, posts[0].comment_id, "等等，先改一次")
    clock.move(minutes=1)
    read_at = clock.now()
    revised(session, services, posts[1].comment_id, "等等，再改一次")

    def decide() -> BulkDone:
        return bulk.decide_many(
            Choice(items=items, read_at=read_at),
            kind=DecisionKind.APPROVE,
            reason=None,
            note=None,
            batch_id=services.ids.new(),
            most=100,
            reviewer=moderator,
            session=session,
            services=services,
        )

    done = decide()

    assert (len(done.decided), done.skipped, done.left) == (2, 1, 0)
    assert sorted(map(str, shown(session))) == ["等等2", "等等，先改一次"]
    assert comment_of(session, posts[1].comment_id).status is Status.PENDING


# Races -------------------------------------------------------------------------------------------


def assert_whole(session: Session, comment_id: UUID) -> Comment:
    """Expect a comment of which nothing is half done."""
    comment = comment_of(session, comment_id)
    texts = texts_of(session, comment_id)
    assert len(texts) == comment.revision
    numbers = session.scalars(select(Evaluation.revision).where(Evaluation.comment_id == comment_id)).all()
    assert sorted(numbers) == list(range(1, comment.revision + 1))
    thread = session.get_one(Thread, comment.thread_id, populate_existing=True)
    assert thread.published_count == (comment.status is Status.PUBLISHED)
    item = item_of(session, comment_id)
    if comment.status is Status.PENDING:
        assert item is not None
        assert item.revision == comment.revision
    elif item is not None:
        assert comment.status is Status.PUBLISHED
    return comment


ROUNDS = 8


def editing(services: Services, posted: Receipt, text: str, **changed: object) -> Act:
    return lambda session: revised(session, services, posted.comment_id, text, **changed)


@pytest.mark.usefixtures("site")
def test_of_two_edits_of_the_same_text_one_holds_and_the_other_is_stale(
    session: Session, services: Services, race: Race
) -> None:
    for _ in range(ROUNDS):
        posted = own(session, services, thread_key=str(services.ids.new()))

        results = race(
            [editing(services, posted, text) for text in ("第一种说法", "第二种说法", "等等再说吧")]
        )

        assert sorted(type(result).__name__ for result in results) == [
            "Revised",
            "RevisionStale",
            "RevisionStale",
        ]
        assert assert_whole(session, posted.comment_id).revision == 2


@pytest.mark.usefixtures("site")
def test_a_double_click_edits_once(session: Session, services: Services, race: Race) -> None:
    for number in range(ROUNDS):
        posted = own(session, services, thread_key=str(number))

        move = editing(services, posted, "另一种说法", idempotency_key=f"edit-{number}")
        first, second = race([move, move])

        assert isinstance(first, Revised)
        assert first == second
        assert assert_whole(session, posted.comment_id).revision == 2


@pytest.mark.parametrize(
    ("kind", "text"),
    list(
        itertools.product(
            [DecisionKind.APPROVE, DecisionKind.REJECT], ["花海开得真早", "等等看吧", "骂人的话"]
        )
    ),
)
def test_a_decision_never_meets_a_text_that_was_not_read(
    session: Session,
    services: Services,
    moderator: Reviewer,
    race: Race,
    *,
    kind: DecisionKind,
    text: str,
) -> None:
    for number in range(ROUNDS):
        posted = own(session, services, "等等再说吧", thread_key=str(number))
        held = a_claim(session, services, moderator)
        assert held is not None
        ruling = Ruling(
            item_id=held.item_id,
            lease_token=LEASE_TOKEN,
            revision=1,
            kind=kind,
            reason=Reason.OTHER if kind is DecisionKind.REJECT else None,
        )

        def decide(own_session: Session, ruling: Ruling = ruling) -> Decided:
            return review.decide(ruling, reviewer=moderator, session=own_session, services=services)

        decided, edited = race([decide, editing(services, posted, text)])

        comment = assert_whole(session, posted.comment_id)
        if isinstance(decided, ModerationError):
            assert isinstance(edited, Revised)
        if kind is DecisionKind.REJECT and not isinstance(decided, ModerationError):
            assert isinstance(edited, CommentSettled)
        if comment.status is Status.PUBLISHED and comment.revision == 2:
            assert text == "花海开得真早", (
                "what a rule flags is not shown because its first text was approved"
            )
        withdraw_quietly(session, services, posted.comment_id)


@pytest.mark.usefixtures("site")
def test_an_edit_and_a_withdrawal_leave_nothing_behind(
    session: Session, services: Services, race: Race
) -> None:
    for number in range(ROUNDS):
        posted = own(session, services, "等等再说吧" if number % 2 else "好", thread_key=str(number))

        def withdraw(own_session: Session, posted: Receipt = posted) -> None:
            withdraw_quietly(own_session, services, posted.comment_id)

        race([editing(services, posted, "等等看吧"), withdraw])

        assert assert_whole(session, posted.comment_id).status is Status.WITHDRAWN


@pytest.mark.parametrize("text", ["花海开得真早", "等等看吧", "骂人的话"])
def test_an_edit_and_an_undo_wait_for_each_other_in_no_circle(
    session: Session, services: Services, moderator: Reviewer, race: Race, text: str
) -> None:
    for number in range(ROUNDS):
        posted, undo = an_approval_to_undo(session, services, moderator, str(number))

        edited, undone = race([editing(services, posted, text), undo])

        comment = assert_whole(session, posted.comment_id)
        assert isinstance(edited, Revised)
        assert comment.revision == 2
        assert undone is None or isinstance(undone, UndoTooLate)
        withdraw_quietly(session, services, posted.comment_id)


def test_a_withdrawal_and_an_undo_leave_nothing_in_the_queue(
    session: Session, services: Services, moderator: Reviewer, race: Race
) -> None:
    for number in range(ROUNDS):
        posted, undo = an_approval_to_undo(session, services, moderator, str(number))

        def withdraw(own_session: Session, posted: Receipt = posted) -> None:
            withdraw_quietly(own_session, services, posted.comment_id)

        results = race([withdraw, undo])

        assert all(one is None or isinstance(one, UndoTooLate) for one in results), results
        assert assert_whole(session, posted.comment_id).status is Status.WITHDRAWN


def an_approval_to_undo(
    session: Session, services: Services, moderator: Reviewer, thread_key: str
) -> tuple[Receipt, Act]:
    posted = own(session, services, "等等再说吧", thread_key=thread_key)
    held = a_claim(session, services, moderator)
    assert held is not None
    ruling = Ruling(item_id=held.item_id, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.APPROVE)
    made = review.decide(ruling, reviewer=moderator, session=session, services=services)

    def undo(own_session: Session) -> None:
        review.undo(
            made.decision_id, token="other", reviewer=moderator, session=own_session, services=services
        )

    return posted, undo


def withdraw_quietly(session: Session, services: Services, comment_id: UUID) -> None:
    try:
        withdrawing.withdraw(
            "demo",
            comment_id,
            writer=a_writer(),
            caller=a_caller(),
            session=session,
            services=services,
        )
    except CommentSettled:
        session.rollback()
