"""Authors on both databases: what one wrote, blocks with an end, notes, and nobody else's moderators."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import AuthorUnknown, CursorInvalid, Invalid
from moderation.domain.events import EventName
from moderation.domain.policy import FOR_GOOD, Mode, Standing
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import authors, bulk
from moderation.flows.authors import PAGE, AuthorView, Blocking
from moderation.flows.bulk import Choice
from moderation.flows.intake import Receipt
from moderation.flows.review import Reviewer
from moderation.ports import Services
from moderation.store.tables import AuditEvent, Author, AuthorBlock, AuthorNote, Comment, ReviewItem
from tests.conftest import Queries
from tests.factories import a_comment, a_site, an_account
from tests.fakes import FrozenClock

TOKEN = "mod_author_" + "a" * 43
OTHER = "mod_author_" + "b" * 43


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site where what no rule flags shows at once."""
    return a_site(session, services, mode=Mode.RULES)


@pytest.fixture
def lin(session: Session, services: Services, site: UUID) -> Reviewer:
    """Make a moderator of the site."""
    account_id = an_account(session, services, "lin")
    return Reviewer(account_id=account_id, name="Lin", site_ids=(site,), senior_site_ids=())


def post(session: Session, services: Services, text: str = "花海开得真早", **changed: object) -> Receipt:
    return a_comment(session, services, text, author_token=TOKEN, **changed)


def the_author(session: Session) -> UUID:
    session.rollback()
    return session.scalars(select(Author.id).order_by(Author.created_at, Author.id)).first()  # type: ignore[return-value]


def view(session: Session, services: Services, lin: Reviewer, **asked: object) -> AuthorView:
    return authors.view(
        the_author(session),
        site_ids=lin.site_ids,
        session=session,
        services=services,
        **asked,  # type: ignore[arg-type]  # a test names the filter
    )


def block(session: Session, services: Services, lin: Reviewer, **said: object) -> None:
    authors.block(
        the_author(session),
        Blocking(**({"reason": Reason.INSULT} | said)),  # type: ignore[arg-type]
        account_id=lin.account_id,
        site_ids=lin.site_ids,
        session=session,
        services=services,
    )


def unblock(session: Session, services: Services, lin: Reviewer) -> None:
    authors.unblock(
        the_author(session),
        account_id=lin.account_id,
        site_ids=lin.site_ids,
        session=session,
        services=services,
    )


def events(session: Session) -> list[AuditEvent]:
    session.rollback()
    return list(
        session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "author").order_by(AuditEvent.id))
    )


def test_a_blocked_author_waits_until_the_moment_the_block_ends(
    session: Session, services: Services, lin: Reviewer, clock: FrozenClock
) -> None:
    assert post(session, services).status is Status.PUBLISHED
    block(session, services, lin, days=7)

    clock.move(days=7, seconds=-1)
    waits = post(session, services, "第二条")
    causes = session.scalars(select(ReviewItem.causes).where(ReviewItem.comment_id == waits.comment_id)).one()
    clock.move(seconds=1)
    shows = post(session, services, "第三条")

    assert (waits.status, causes) == (Status.PENDING, ["author-banned"])
    assert shows.status is Status.PUBLISHED
    assert view(session, services, lin).standing is Standing.NEW
    assert a_comment(session, services, "别人", author_token=OTHER).status is Status.PUBLISHED


def test_a_block_for_good_has_no_end_but_unblocking(
    session: Session, services: Services, lin: Reviewer, clock: FrozenClock
) -> None:
    post(session, services)
    block(session, services, lin, note="屡次辱骂")
    clock.move(days=4_000)

    assert post(session, services, "第二条").status is Status.PENDING
    assert view(session, services, lin).blocked_until == FOR_GOOD
    unblock(session, services, lin)
    assert post(session, services, "第三条").status is Status.PUBLISHED
    shown = view(session, services, lin)
    assert shown.blocked_until is None
    [held] = shown.blocks
    assert (held.reason, held.until, held.note, held.by, held.ended_by) == (
        Reason.INSULT,
        None,
        "屡次辱骂",
        "Lin",
        "Lin",
    )
    assert held.ended_at == clock.now()


def test_a_new_block_takes_the_place_of_the_one_that_holds(
    session: Session, services: Services, lin: Reviewer, clock: FrozenClock
) -> None:
    post(session, services)
    block(session, services, lin, days=1)
    clock.move(days=2)
    block(session, services, lin, days=30)
    block(session, services, lin, days=7, reason=Reason.FRAUD)

    shown = view(session, services, lin)
    assert shown.blocked_until == clock.now() + timedelta(days=7)
    # The first ended by the clock, the second by the third.
    assert [bool(held.ended_at) for held in shown.blocks] == [False, True, False]


def test_blocks_and_notes_are_told_in_the_audit_without_their_words(
    session: Session, services: Services, lin: Reviewer
) -> None:
    post(session, services)
    block(session, services, lin, note="秘密一")
    unblock(session, services, lin)
    unblock(session, services, lin)
    authors.note(
        the_author(session),
        "秘密二\n第二行",
        account_id=lin.account_id,
        site_ids=lin.site_ids,
        session=session,
        services=services,
    )

    told = events(session)
    assert [event.name for event in told] == [
        EventName.AUTHOR_BLOCKED,
        EventName.AUTHOR_UNBLOCKED,
        EventName.AUTHOR_NOTED,
    ]
    assert {event.actor_id for event in told} == {lin.account_id}
    assert (told[0].reason, told[0].new) == ("insult", {"banned_until": "for-good"})
    assert "秘密" not in repr([(event.old, event.new, event.reason) for event in told])
    assert [note.text for note in view(session, services, lin).notes] == ["秘密二\n第二行"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"days": 2}, id="days that are not offered"),
        pytest.param({"days": -1}, id="a block that has ended"),
        pytest.param({"note": "字" * 1_001}, id="too long a note"),
        pytest.param({"note": "\x00"}, id="a note that cannot be stored"),
    ],
)
def test_an_unsound_block_changes_nothing(
    session: Session, services: Services, lin: Reviewer, said: dict[str, object]
) -> None:
    post(session, services)

    with pytest.raises(Invalid):
        block(session, services, lin, **said)

    assert view(session, services, lin).blocks == []


@pytest.mark.parametrize("text", ["", " \n", "字" * 1_001, "\x00"])
def test_an_unsound_note_is_refused(session: Session, services: Services, lin: Reviewer, text: str) -> None:
    post(session, services)

    with pytest.raises(Invalid):
        authors.note(
            the_author(session),
            text,
            account_id=lin.account_id,
            site_ids=lin.site_ids,
            session=session,
            services=services,
        )


def test_an_author_of_another_site_is_like_one_who_does_not_exist(
    session: Session, services: Services, lin: Reviewer
) -> None:
    other = a_site(session, services, "other")
    post(session, services)
    author_id = the_author(session)
    common = {"account_id": lin.account_id, "session": session, "services": services}

    for wrong_id, sites in ((author_id, (other,)), (author_id, ()), (uuid4(), lin.site_ids)):
        with pytest.raises(AuthorUnknown):
            authors.view(wrong_id, site_ids=sites, session=session, services=services)
        with pytest.raises(AuthorUnknown):
            authors.block(wrong_id, Blocking(reason=Reason.INSULT), site_ids=sites, **common)  # type: ignore[arg-type]
        with pytest.raises(AuthorUnknown):
            authors.unblock(wrong_id, site_ids=sites, **common)  # type: ignore[arg-type]
        with pytest.raises(AuthorUnknown):
            authors.note(wrong_id, "x", site_ids=sites, **common)  # type: ignore[arg-type]

    assert session.scalar(select(func.count()).select_from(AuthorBlock)) == 0
    assert session.scalar(select(func.count()).select_from(AuthorNote)) == 0
    assert events(session) == []


def test_the_page_says_what_became_of_each_comment(
    session: Session, services: Services, lin: Reviewer, clock: FrozenClock
) -> None:
    post(session, services, "一", nickname="晨曦")
    clock.move(minutes=1)
    block(session, services, lin)
    post(session, services, "二", nickname="老李")
    clock.move(minutes=1)
    bulk.decide_many(
        Choice(author_id=the_author(session)),
        kind=DecisionKind.REJECT,
        reason=Reason.ADVERTISING,
        note="又来了",
        batch_id=services.ids.new(),
        most=10,
        reviewer=lin,
        session=session,
        services=services,
    )
    clock.move(minutes=1)
    post(session, services, "三", nickname="老李")

    shown = view(session, services, lin)
    third, second, first = shown.rows
    assert [row.comment.text for row in shown.rows] == ["三", "二", "一"]
    assert (third.made, third.waits_in) == (None, ItemState.WAITING)
    assert second.made is not None
    assert (second.made.kind, second.made.by, second.made.note) == (DecisionKind.REJECT, "Lin", "又来了")
    assert (second.comment.reason, second.waits_in) == (Reason.ADVERTISING, None)
    assert (first.comment.status, first.made, first.waits_in) == (Status.PUBLISHED, None, None)
    assert shown.nicknames == [("老李", 2), ("晨曦", 1)]
    assert shown.statuses == {Status.PENDING: 1, Status.REJECTED: 1, Status.PUBLISHED: 1}
    assert [(kind, reason, by) for kind, reason, by, _ in shown.recent] == [
        (DecisionKind.REJECT, Reason.ADVERTISING, "Lin")
    ]
    assert shown.author.rejected_count == 1
    assert [row.comment.text for row in view(session, services, lin, status=Status.REJECTED).rows] == ["二"]
    clock.move(days=31)
    assert view(session, services, lin).recent == []


def test_pages_follow_each_other_without_gap_or_repeat(
    session: Session, services: Services, lin: Reviewer
) -> None:
    # All of one moment: only the id tells them apart.
    wrote = [post(session, services, f"第{number}条").comment_id for number in range(PAGE + 5)]

    first = view(session, services, lin)
    second = view(session, services, lin, cursor=first.next_cursor)

    read = [row.comment.id for row in (*first.rows, *second.rows)]
    assert read == list(reversed(wrote))
    assert second.next_cursor is None
    with pytest.raises(CursorInvalid):
        view(session, services, lin, cursor="nonsense")


def test_a_prolific_author_costs_no_more_queries(
    session: Session, services: Services, lin: Reviewer, queries: Queries
) -> None:
    def counted() -> int:
        the_author(session)
        queries.statements.clear()
        view(session, services, lin)
        return len(queries) - 1  # `view` itself looks the author up

    post(session, services)
    few = counted()
    for number in range(PAGE + 5):
        post(session, services, f"第{number}条")

    assert counted() == few
    assert few <= 9


def test_a_comment_keeps_its_place_when_its_author_is_blocked(
    session: Session, services: Services, lin: Reviewer
) -> None:
    shown = post(session, services)
    block(session, services, lin)

    session.rollback()
    assert (
        session.scalars(select(Comment.status).where(Comment.id == shown.comment_id)).one()
        is Status.PUBLISHED
    )
