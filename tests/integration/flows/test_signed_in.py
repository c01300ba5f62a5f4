"""Comments of authors whom the portal names, and what a record on the site is worth to them."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.domain.errors import SignInRequired, ThreadClosed
from moderation.domain.policy import FOR_GOOD, Emergency, Mode, SignIn
from moderation.domain.reasons import Cause
from moderation.domain.review import ItemState
from moderation.domain.writer import Writer
from moderation.flows import emergencies, intake, patrol, reading
from moderation.flows.intake import Receipt
from moderation.flows.reading import PageComment, PageQuery
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Author, Comment, ReviewItem, Revision, Site, Thread
from tests.factories import a_comment, a_draft, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

TOKEN = "mod_author_" + "a" * 43


def huai(*, nickname: str = "槐花", is_verified: bool = False) -> Writer:
    """Be a reader whom the portal has signed in."""
    return Writer(author_hash=b"h" * 32, subject="reader-7", nickname=nickname, is_verified=is_verified)


def author(session: Session) -> Author:
    session.rollback()
    return session.scalars(select(Author).execution_options(populate_existing=True)).one()


def causes(session: Session, receipt: Receipt) -> list[Cause]:
    item = session.scalars(
        select(ReviewItem).where(ReviewItem.comment_id == receipt.comment_id)
    ).one_or_none()
    return [] if item is None else [Cause(cause) for cause in item.causes]


def shown(session: Session) -> list[PageComment]:
    query = PageQuery(site_key="demo", thread_key="1553855")
    page = reading.thread_page(query, frozenset(), session=session).body
    assert page is not None
    return page.comments


def posting(draft: Draft, services: Services) -> Callable[[Session], Receipt]:
    """Make a racer of a draft."""
    return lambda own: intake.submit(draft, session=own, services=services)


# Who wrote ---------------------------------------------------------------------------------------


def test_a_signed_in_author_writes_under_the_portals_name_whatever_he_typed(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.OPTIONAL)

    a_comment(session, services, "一", writer=huai(is_verified=True), nickname="站长")
    a_comment(session, services, "二", writer=huai(is_verified=True), nickname="")
    a_comment(session, services, "三", author_token=TOKEN, nickname="站长")

    signed_in = session.scalars(select(Author).where(Author.subject.is_not(None))).one()
    assert (signed_in.subject, signed_in.is_verified) == ("reader-7", True)
    assert [(each.text, each.nickname, each.is_verified) for each in shown(session)] == [
        ("三", "站长", False),
        ("二", "槐花", True),
        ("一", "槐花", True),
    ]


def test_an_unpublished_comment_tells_nothing_of_its_author(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.OPTIONAL)
    root = a_comment(session, services, "一", writer=huai(is_verified=True)).comment_id
    a_comment(session, services, "二", parent_id=root)
    session.execute(update(Comment).where(Comment.id == root).values(status=Status.PENDING))
    session.commit()

    (top,) = shown(session)

    assert (top.state, top.is_verified) == ("removed", False)


def test_what_the_portal_says_now_counts_on_every_page_that_shows_him(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.OPTIONAL)
    a_comment(session, services, "一", writer=huai(is_verified=True))
    query = PageQuery(site_key="demo", thread_key="1553855")
    before = reading.thread_page(query, frozenset(), session=session)
    clock.move(seconds=1)

    a_comment(session, services, "二", thread_key="2", writer=huai(nickname="改名"))
    after = reading.thread_page(query, frozenset({before.etag}), session=session)

    assert not author(session).is_verified
    assert after.body is not None
    assert [(each.nickname, each.is_verified) for each in after.body.comments] == [("槐花", False)]


def test_first_comments_of_one_subject_racing_make_one_author(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.REQUIRED)
    drafts = [a_draft(f"第{number}条", writer=huai(is_verified=True)) for number in range(8)]

    results = race([posting(draft, services) for draft in drafts])

    assert all(isinstance(result, Receipt) for result in results), results
    assert (author(session).subject, author(session).is_verified) == ("reader-7", True)
    assert session.scalars(select(Thread.published_count)).all() == [8]


def test_what_the_portal_says_changes_while_comments_race(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.REQUIRED)
    for number in range(4):
        a_comment(session, services, f"先{number}", thread_key=str(number), writer=huai())
    drafts = [
        a_draft(f"后{number}", thread_key=str(number % 4), writer=huai(is_verified=number % 2 == 0))
        for number in range(12)
    ]

    results = race([posting(draft, services) for draft in drafts])

    assert all(isinstance(result, Receipt) for result in results), results
    assert sorted(session.scalars(select(Thread.published_count))) == [4, 4, 4, 4]


@pytest.mark.parametrize("writer", [None, Writer(author_hash=b"x" * 32)], ids=["nobody", "a browser"])
def test_where_sign_in_is_required_nobody_else_comments(
    session: Session, services: Services, writer: Writer | None
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.REQUIRED)

    with pytest.raises(SignInRequired):
        a_comment(session, services, writer=writer)

    assert session.scalars(select(Comment)).all() == []
    assert a_comment(session, services, writer=huai()).status is Status.PUBLISHED


# Links -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.RULES, Mode.POST])
@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"text": "看 www.huahai.cn 吧"}, id="in the text"),
        pytest.param({"text": "看 huahai 点 com 吧"}, id="in the text, disguised"),
        pytest.param({"link": "https://blog.example"}, id="beside the name"),
        pytest.param({"nickname": "www.huahai.cn"}, id="for a name"),
    ],
)
@pytest.mark.parametrize("token", [None, TOKEN], ids=["without a token", "with one"])
def test_a_link_of_an_author_without_a_record_waits(
    session: Session, services: Services, mode: Mode, changed: dict[str, object], token: str | None
) -> None:
    a_site(session, services, mode=mode, links_wait=True)

    receipt = a_comment(session, services, **({"author_token": token} | changed))  # type: ignore[arg-type]

    assert receipt.status is Status.PENDING
    assert causes(session, receipt) == [Cause.FIRST_LINK]


def test_a_link_waits_for_nobody_once_something_was_approved(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES, links_wait=True)
    a_comment(session, services, author_token=TOKEN)
    session.execute(update(Author).values(approved_count=1))
    session.commit()

    receipt = a_comment(session, services, "看 www.huahai.cn 吧", author_token=TOKEN)

    assert receipt.status is Status.PUBLISHED
    assert causes(session, receipt) == []


def test_a_closed_thread_refuses_links_as_it_refuses_all(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.CLOSED, links_wait=True)

    with pytest.raises(ThreadClosed):
        a_comment(session, services, link="https://blog.example")


# Trust -------------------------------------------------------------------------------------------


@pytest.fixture
def trusting(session: Session, services: Services) -> UUID:
    """Make a pre-moderated site that lets trusted authors pass, and one of them."""
    site = a_site(session, services, trusted_pass=True, sign_in=SignIn.OPTIONAL)
    a_comment(session, services, writer=huai())
    session.execute(update(Author).values(approved_count=20, rejected_count=1))
    session.commit()
    return site


@pytest.mark.usefixtures("trusting")
def test_a_trusted_author_passes_and_the_patrol_comes_past(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    patrol.patrol(session=session, services=services)
    session.execute(update(Site).values(patrol_percent=100))
    session.commit()

    receipt = a_comment(session, services, "看 www.huahai.cn 吧", writer=huai())

    assert receipt.status is Status.PUBLISHED
    assert causes(session, receipt) == []
    assert a_comment(session, services, "别人").status is Status.PENDING
    # Identifiers are of the real clock, which is not that of the test.
    clock.moment = clock.moment.replace(year=2100)
    patrol.patrol(session=session, services=services)
    item = session.scalars(select(ReviewItem).where(ReviewItem.comment_id == receipt.comment_id)).one()
    assert (item.state, item.causes) == (ItemState.PATROL, [Cause.PATROL])


def test_while_everything_is_held_nobody_passes(session: Session, services: Services, trusting: UUID) -> None:
    account_id = an_account(session, services)
    about = {"account_id": account_id, "site_ids": [trusting], "session": session, "services": services}
    emergencies.declare("demo", Emergency.HELD, None, **about)  # type: ignore[arg-type]

    held = a_comment(session, services, "一", writer=huai())
    emergencies.end("demo", Emergency.HELD, **about)  # type: ignore[arg-type]

    assert causes(session, held) == [Cause.PRE_MODERATION]
    assert a_comment(session, services, "二", writer=huai()).status is Status.PUBLISHED


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    ("action", "causes_then"),
    [
        (Action.REVIEW, [Cause.RULE, Cause.PRE_MODERATION]),
        (Action.MASK, [Cause.PRE_MODERATION]),
        (Action.SCORE, [Cause.PRE_MODERATION]),
    ],
    ids=str,
)
def test_whatever_a_rule_notices_waits_however_trusted(
    session: Session, services: Services, action: Action, causes_then: list[Cause]
) -> None:
    active_rules(session, services, [a_rule("等等", action)])

    assert causes(session, a_comment(session, services, "等等", writer=huai())) == causes_then
    assert a_comment(session, services, "好", writer=huai()).status is Status.PUBLISHED


@pytest.mark.usefixtures("trusting")
def test_a_block_outweighs_trust(session: Session, services: Services) -> None:
    session.execute(update(Author).values(banned_until=FOR_GOOD))
    session.commit()

    receipt = a_comment(session, services, writer=huai())

    assert causes(session, receipt) == [Cause.PRE_MODERATION, Cause.AUTHOR_BANNED]


@pytest.mark.usefixtures("trusting")
def test_a_flood_outweighs_trust(session: Session, services: Services) -> None:
    session.execute(update(Site).values(limits={"site": "2/minute"}))
    session.commit()

    first = a_comment(session, services, "一", writer=huai())
    second = a_comment(session, services, "二", writer=huai())

    assert first.status is Status.PUBLISHED
    assert causes(session, second) == [Cause.PRE_MODERATION, Cause.SITE_BUSY]


def test_the_text_of_a_signed_in_author_is_kept_under_the_name_it_was_shown_with(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.OPTIONAL)
    receipt = a_comment(session, services, writer=huai(nickname=" 槐花 "))

    assert session.get_one(Revision, (receipt.comment_id, 1)).nickname == "槐花"
