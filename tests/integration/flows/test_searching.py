"""Search on both databases: the same answers as reading every text, pages, filters, foreign sites, erased texts."""

import random
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Uuid, bindparam, delete, select, text
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.domain.review import ItemState
from moderation.domain.search import Place, QueryFault, parse
from moderation.flows import retention, searching
from moderation.flows.searching import Found, Wanted
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import search_index
from moderation.store.tables import Comment, Revision, SearchDocument
from moderation.store.transaction import transaction
from tests.conftest import Queries
from tests.factories import a_comment, a_rule, a_site, active_rules
from tests.fakes import FrozenClock

PARTS = (
    *(
        "花海",
        "微信",
        "加",
        "我",
        "的",
        "臺灣",
        "停车场",
        "真美",
        "好",
        "看",
        "，",
        "！",
        " ",
        "\n",
        "❤️",
        "。。。",
    ),
    *(
        "abc",
        "ABCD12",
        "hello",
        "wechat",
        "we",
        "x",
        "ＱＱ",
        "123456",
        "ไทย",
        "한국",
        "café",
        "-",
        '"',
        "'",
        "*",
        "\\",
    ),
)
QUERIES = (
    *("花", "花海", "微信", "的 好", "花海真", "湾", "台湾 -好", "-我", "❤", "我的花海", "停车场 够", "海花"),
    *(
        "abc",
        "ab",
        "abcd",
        '"abc"',
        "wech -hello",
        '"hello wechat"',
        "qq",
        "1234",
        "123456789",
        "ไท",
        "국",
        "cafe",
    ),
    *("加 我 的 好", "加我的好看", "花 海 微 信", "我a", "abc的", "x", "-x -的", "真美 真美"),
)


def a_text(chance: random.Random) -> str:
    return "".join(chance.choice(PARTS) for _ in range(chance.randint(1, 14)))


def look(session: Session, on: UUID, words: str = "", **more: object) -> Found:
    wanted = Wanted(words=words, **more)  # type: ignore[arg-type]  # a test names fields of Wanted
    return searching.search(wanted, site_ids=(on,), patience=timedelta(hours=1), session=session)


def every_page(session: Session, site: UUID, words: str, **more: object) -> list[UUID]:
    wanted = Wanted(words=words, **more)  # type: ignore[arg-type]
    found: list[UUID] = []
    before: int | None = None
    while True:
        page = searching.search(
            wanted, site_ids=(site,), before=before, patience=timedelta(hours=1), session=session
        )
        found += [row.hit.comment_id for row in page.rows]
        before = page.before
        if before is None:
            return found


def said(found: Found) -> list[str]:
    return [row.hit.text for row in found.rows]


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    return a_site(session, services)


@pytest.mark.parametrize("seed", range(2))
def test_search_finds_what_reading_every_text_finds(
    session: Session, services: Services, site: UUID, clock: FrozenClock, seed: int
) -> None:
    chance = random.Random(seed)
    written: list[tuple[UUID, str, str]] = []
    while len(written) < 120:
        said, nickname = a_text(chance), a_text(chance)[:20].strip() or "晨曦"
        if (
            not said.strip(" \n，！。-")
            or not nickname.isprintable()
            or not parse(f"{said[:50]}{nickname}").terms
        ):
            continue
        receipt = a_comment(session, services, said, nickname=f"n{nickname}")
        written.append((receipt.comment_id, said, f"n{nickname}"))
        clock.move(seconds=1)
    random_queries = [a_text(chance)[:40] for _ in range(20)]
    for words in (*QUERIES, *random_queries):
        for place in (None, *Place) if words in random_queries else (None,):
            query = parse(words, place=place)
            if query.fault is not None or not query.terms:
                continue
            oracle = [
                comment_id
                for comment_id, said, nickname in reversed(written)
                if query.holds(text=said, nickname=nickname)
            ]
            assert every_page(session, site, words, place=place) == oracle, (words, place)


def test_pages_go_back_in_time_and_miss_nothing_when_new_comments_come(
    session: Session, services: Services, site: UUID
) -> None:
    ids = [a_comment(session, services, f"花海 {number}").comment_id for number in range(70)]
    first = look(session, site, "花海")
    a_comment(session, services, "花海，新的")
    rest = searching.search(Wanted(words="花海"), site_ids=(site,), before=first.before, session=session)

    assert [row.hit.comment_id for row in (*first.rows, *rest.rows)] == ids[:9:-1]
    assert rest.before is not None
    assert rest.searched_back_to is None


def test_filters_narrow_a_search(
    session: Session, services: Services, site: UUID, clock: FrozenClock
) -> None:
    active_rules(
        session, services, [a_rule("微信", Action.BLOCK), a_rule("真好", Action.REVIEW, category="insult")]
    )
    token = "mod_author_" + "t" * 43
    a_comment(session, services, "花海一")
    clock.move(days=1)
    a_comment(session, services, "花海二 微信", thread_key="two", author_token=token)
    clock.move(days=1)
    third = a_comment(session, services, "花海三真好", thread_key="three", thread_title="第 100% 篇报道")
    (by_rule,) = look(session, site, category=Reason.INSULT).rows
    author = session.scalars(select(Comment.author_id).where(Comment.author_id.is_not(None))).one()
    day = timedelta(days=1)

    assert by_rule.hit.comment_id == third.comment_id
    assert by_rule.hit.queue is ItemState.WAITING
    assert [match.term for match in by_rule.matches] == ["真好"]
    assert said(look(session, site, "花海", status=Status.REJECTED)) == ["花海二 微信"]
    assert said(look(session, site, reason=Reason.ADVERTISING)) == ["花海二 微信"]
    assert said(look(session, site, reason=Reason.FRAUD)) == []
    assert said(look(session, site, rule=by_rule.matches[0].rule_key)) == ["花海三真好"]
    assert said(look(session, site, rule="nonsense")) == []
    assert said(look(session, site, author_id=author)) == ["花海二 微信"]
    assert said(look(session, site, author_id=uuid4())) == []
    assert said(look(session, site, thread="two")) == ["花海二 微信"]
    assert said(look(session, site, "花海", thread="100% 篇")) == ["花海三真好"]
    assert said(look(session, site, thread="%")) == ["花海三真好"]
    assert said(look(session, site, thread="nowhere")) == []
    assert said(look(session, site, thread="\0")) == []
    now = clock.now()
    assert said(look(session, site, since=now)) == ["花海三真好"]
    assert said(look(session, site, until=now)) == ["花海二 微信", "花海一"]
    assert said(look(session, site, "花海", since=now - day, until=now)) == ["花海二 微信"]
    assert said(look(session, site, since=now + day)) == []
    assert said(look(session, site, site="demo", status=Status.PENDING)) == ["花海三真好", "花海一"]
    assert said(look(session, site, site="other")) == []


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "'",
        'a" OR words:b',
        "花* AND NOT",
        "NEAR(a b)",
        "#s1 @a ~b",
        "\0",
        "\\' & !x:*",
        "' | 'b",
        "(((",
        "a:*b",
    ],
)
def test_hostile_queries_are_words_like_others(
    session: Session, services: Services, site: UUID, words: str
) -> None:
    a_comment(session, services, "花海")

    assert said(look(session, site, words)) == []


def test_what_cannot_be_asked_asks_nothing(session: Session, site: UUID, queries: Queries) -> None:
    assert look(session, site, "字" * 10_000).query.fault is QueryFault.TOO_LONG
    assert look(session, site, "！！").query.fault is QueryFault.NOTHING
    assert len(queries) == 2  # the names of the sites


def test_nobody_finds_what_is_of_another_site(session: Session, services: Services, site: UUID) -> None:
    other = a_site(session, services, "other")
    a_comment(session, services, "花海，本站", thread_title="本站")
    foreign = a_comment(session, services, "花海，别站", site_key="other", thread_title="别站")
    document = session.scalars(
        select(SearchDocument).where(SearchDocument.comment_id == foreign.comment_id)
    ).one()

    assert said(look(session, site, "花海")) == ["花海，本站"]
    assert said(look(session, other, "花海")) == ["花海，别站"]
    assert said(look(session, site, "")) == ["花海，本站"]
    assert said(look(session, site, thread="别站")) == []
    assert said(look(session, site, site="other")) == []
    assert document.site_id == other
    both = searching.search(Wanted(words="花海"), site_ids=(site, other), session=session)
    assert len(both.rows) == 2


def test_a_page_costs_the_same_queries_however_many_rows_it_has(
    session: Session, services: Services, site: UUID, queries: Queries
) -> None:
    a_comment(session, services, "花海")
    queries.statements.clear()
    look(session, site, "花海")
    for_one = len(queries)
    for number in range(20):
        a_comment(session, services, f"花海 {number}")
    queries.statements.clear()
    look(session, site, "花海")

    assert len(queries) == for_one


def test_out_of_patience_it_says_how_far_it_came_and_goes_on_from_there(
    session: Session, services: Services, site: UUID, clock: FrozenClock
) -> None:
    oldest = a_comment(session, services, "花海")
    clock.move(days=1)
    a_comment(session, services, "停车场")
    with transaction(session):
        # Far apart: as if three blocks of documents lay between them.
        far = {"far": 3 * search_index.BLOCK, "oldest": oldest.comment_id}
        move = text("UPDATE search_documents SET id = id - :far WHERE comment_id = :oldest")
        session.execute(move.bindparams(bindparam("oldest", type_=Uuid())), far)
    reindex(session, oldest.comment_id)
    first = searching.search(Wanted(words="花海"), site_ids=(site,), patience=timedelta(0), session=session)

    assert first.rows == ()
    assert first.before is not None
    assert first.searched_back_to == clock.now()
    pages = 1
    before: int | None = first.before
    found: list[UUID] = []
    while before is not None:
        page = searching.search(
            Wanted(words="花海"), site_ids=(site,), before=before, patience=timedelta(0), session=session
        )
        found += [row.hit.comment_id for row in page.rows]
        pages, before = pages + 1, page.before
    assert found == [oldest.comment_id]
    assert pages > 2


def reindex(session: Session, comment_id: UUID) -> None:
    comment = session.get_one(Comment, comment_id)
    revision = session.get_one(Revision, (comment_id, comment.revision))
    learned = search_index.Written(
        comment_id=comment.id,
        site_id=comment.site_id,
        thread_id=comment.thread_id,
        author_id=comment.author_id,
        created_at=comment.created_at,
        nickname=revision.nickname,
        text=revision.text,
        rules=frozenset(),
    )
    with transaction(session):
        search_index.reindex_text(session, learned)


def test_a_changed_text_is_found_by_its_new_words_in_its_old_place(
    session: Session, services: Services, site: UUID
) -> None:
    changed = a_comment(session, services, "花海")
    later = a_comment(session, services, "停车场")
    with transaction(session):
        session.get_one(Revision, (changed.comment_id, 1)).text = "停车场够不够"
    reindex(session, changed.comment_id)

    assert said(look(session, site, "花海")) == []
    assert [row.hit.comment_id for row in look(session, site, "停车场").rows] == [
        later.comment_id,
        changed.comment_id,
    ]


def test_comments_from_before_search_are_indexed_backwards_by_and_by(
    session: Session, services: Services, site: UUID, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    active_rules(session, services, [a_rule("花海", Action.REVIEW)])
    token = "mod_author_" + "t" * 43
    old = []
    for number in range(5):
        old.append(a_comment(session, services, f"花海 {number}", author_token=token).comment_id)
        clock.move(minutes=1)
    expected = look(session, site, "花海", rule=a_rule("花海").key)
    assert len(expected.rows) == 5
    with transaction(session):
        session.execute(delete(SearchDocument))
    assert look(session, site, "花海").rows == ()
    assert searching.indexed_back_to(session=session) == clock.now() - timedelta(minutes=1)
    new = a_comment(session, services, "花海，新")
    monkeypatch.setattr(searching, "INDEX_BATCH", 2)

    assert searching.index_older(session=session) == 2
    assert [row.hit.comment_id for row in look(session, site, "花海").rows] == [
        new.comment_id, old[4], old[3],
    ]  # fmt: skip
    assert look(session, site, "花海").indexed_back_to == clock.now() - timedelta(minutes=2)
    assert searching.index_older(session=session) == 2
    assert searching.index_older(session=session) == 1
    assert searching.index_older(session=session) == 0
    assert searching.indexed_back_to(session=session) is None
    found = look(session, site, "花海", rule=a_rule("花海").key)
    assert [row.hit.comment_id for row in found.rows] == [new.comment_id, *reversed(old)]
    author = session.scalars(select(Comment.author_id).where(Comment.id == old[0])).one()
    assert len(look(session, site, "", author_id=author).rows) == 5
    comes_after = a_comment(session, services, "花海，更新")
    assert look(session, site, "花海").rows[0].hit.comment_id == comes_after.comment_id


def test_an_erased_text_is_gone_from_the_index_and_from_its_files(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    site = a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("微信", Action.BLOCK)])
    a_comment(session, services, "泽泻微信ztelephone", nickname="貔貅")
    clock.move(days=200)
    kept = a_comment(session, services, "花海")
    assert len(look(session, site, "泽泻").rows) == 1
    assert {"elephone", "貅"} <= set(in_files(session))
    retention.purge(session_idle=timedelta(hours=1), session=session, services=services)
    steps = 0
    while searching.merge(session=session, services=services):
        steps += 1

    assert look(session, site, "泽泻").rows == ()
    assert [row.hit.comment_id for row in look(session, site, "").rows] == [kept.comment_id]
    assert set(in_files(session)) == {"花"}
    assert bool(steps) is (session.get_bind().dialect.name == "sqlite")


def in_files(session: Session) -> list[str]:
    """Look for words in the rows behind the index: on SQLite the bytes of FTS5 itself."""
    held = "".join(session.scalars(select(SearchDocument.words)).all()).encode()
    if session.get_bind().dialect.name == "sqlite":
        held += b"".join(session.scalars(text("SELECT block FROM search_words_data")).all())
        session.execute(text("INSERT INTO search_words (search_words) VALUES ('integrity-check')"))
    session.rollback()
    return [word for word in ("elephone", "貅", "泽", "花") if word.encode() in held]


def test_a_comment_that_is_removed_whole_leaves_the_index(
    session: Session, services: Services, site: UUID
) -> None:
    gone = a_comment(session, services, "花海")
    with transaction(session):
        session.execute(delete(Comment).where(Comment.id == gone.comment_id))

    assert session.scalars(select(SearchDocument)).all() == []
    assert look(session, site, "花海").rows == ()
