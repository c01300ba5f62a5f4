"""Suggestions, on both databases: decisions of people in, terms out; what nobody decided or repeated adds nothing."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation.domain import suggestions as scoring
from moderation.domain.errors import Invalid, SiteUnknown
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind
from moderation.flows import review, suggesting
from moderation.flows.review import Reviewer
from moderation.flows.suggesting import SuggestionsView
from moderation.ports import Services
from moderation.store.tables import Comment
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account, decisions
from tests.fakes import FrozenClock

APPROVE, REJECT = DecisionKind.APPROVE, DecisionKind.REJECT
SPAM = (
    "在家就能刷单返利，手机操作",
    "朋友介绍的刷单返利项目，上周提了现",
    "宝妈看过来！刷单返利每天两百",
    "有没有一起刷单返利的姐妹，群里缺人",
    "楼上别信，我这个刷单返利才是正规的",
    "学生兼职首选刷单返利，不压货款",
    "昨晚又靠刷单返利买了件大衣",
)
FINE = (
    "花海开得真早，周末带孩子去看",
    "停车场够不够大，上次绕了三圈",
    "这家面馆的汤底比从前淡了些",
    "地铁末班车能不能再晚半小时",
    "图书馆新到的画册值得一借",
    "河边的步道什么时候修好",
    "今年的桂花比去年香得多",
    "邻居家的猫又跑到我阳台上来",
)
Who = Callable[[int], int]


class Desk:
    """A site whose comments one moderator decides."""

    def __init__(self, session: Session, services: Services, site_key: str = "demo") -> None:
        self.session, self.services, self.site_key = session, services, site_key
        self.site_id = a_site(session, services, site_key)
        account_id = an_account(session, services, f"of-{site_key}")
        self.moderator = Reviewer(
            account_id=account_id, name="Of", site_ids=(self.site_id,), senior_site_ids=()
        )

    def post(
        self,
        texts: Sequence[str],
        *,
        author: Who | None = lambda number: number,
        client: Who = lambda number: number,
    ) -> list[UUID]:
        """Post texts, each by a person and from an address of its own unless the test says otherwise."""
        return [
            a_comment(
                self.session,
                self.services,
                text,
                site_key=self.site_key,
                thread_key=f"{number}",
                client=f"198.51.100.{client(number)}",
                author_token=None if author is None else f"mod_author_{author(number):0>43}",
            ).comment_id
            for number, text in enumerate(texts)
        ]

    def decide(self, comments: Sequence[UUID], kind: DecisionKind) -> UUID:
        """Decide comments; return the batch, to undo it."""
        return decisions(self.session, self.services, self.moderator, comments, kind)

    def see(self, days: int = 7) -> SuggestionsView:
        """Look for terms anew, and return what the page shows."""
        suggesting.ask(self.site_key, days, session=self.session, services=self.services)
        while suggesting.work(session=self.session, services=self.services):
            pass
        return suggesting.see(self.site_key, days, session=self.session, services=self.services)

    def terms(self, days: int = 7) -> list[str]:
        return [row.suggestion.term for row in self.see(days).rows]


@pytest.fixture
def desk(session: Session, services: Services, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Make a site with approved comments, and let a handful of texts be telling."""
    monkeypatch.setattr(scoring, "PRIOR", 10.0)
    made = Desk(session, services)
    made.decide(made.post(FINE, author=lambda number: 100 + number), APPROVE)
    return made


def test_what_people_rejected_and_did_not_approve_is_suggested_with_its_counts(desk: Desk) -> None:
    spam = desk.post(SPAM)
    desk.decide(spam, REJECT)

    view = desk.see()

    (best,) = (row for row in view.rows if "刷单" in row.suggestion.term)
    found = best.suggestion
    assert (found.rejected, found.approved, found.clients, found.caught) == (7, 0, 7, 0)
    assert found.category is Reason.FRAUD
    assert len(best.examples) == suggesting.EXAMPLES
    assert {comment.id for comment in best.examples} < set(spam)
    assert view.of is not None
    assert (view.of.rejected, view.of.approved, view.is_due) == (7, 8, False)


def test_what_nobody_decided_adds_nothing(desk: Desk) -> None:
    desk.post(SPAM)

    assert desk.terms() == []


def test_what_was_undone_adds_nothing(desk: Desk, session: Session, services: Services) -> None:
    batch_id = desk.decide(desk.post(SPAM), REJECT)
    assert any("刷单" in term for term in desk.terms())

    review.undo_batch(batch_id, reviewer=desk.moderator, session=session, services=services)

    assert desk.terms() == []


def test_what_people_approve_as_well_is_not_suggested(desk: Desk) -> None:
    desk.decide(desk.post(SPAM), REJECT)
    warnings = ("小心刷单返利的骗子，我妈差点上当", "警方通报：刷单返利全是诈骗")
    desk.decide(desk.post(warnings, author=lambda number: 200 + number), APPROVE)

    assert desk.terms() == []


def test_near_copies_count_once(desk: Desk) -> None:
    copies = [f"{SPAM[0]}，加群领{number}号红包，名额有限先到先得" for number in range(8)]
    desk.decide(desk.post([*copies, *SPAM[1:4]]), REJECT)

    view = desk.see()

    assert view.rows == []
    assert view.of is not None
    assert view.of.rejected == 4


@pytest.mark.parametrize(
    "few", [{"author": lambda number: number % 4}, {"client": lambda number: number % 4}]
)
def test_a_term_of_four_people_is_not_suggested(desk: Desk, few: dict[str, Who]) -> None:
    desk.decide(desk.post(SPAM, **few), REJECT)

    assert desk.terms() == []


@pytest.mark.parametrize(
    "few", [{"author": lambda number: number % 5}, {"client": lambda number: number % 5}]
)
def test_a_term_of_five_people_is(desk: Desk, few: dict[str, Who]) -> None:
    desk.decide(desk.post(SPAM, **few), REJECT)

    assert [row.suggestion.clients for row in desk.see().rows if "刷单" in row.suggestion.term] == [5]


def test_writers_without_a_token_are_one(desk: Desk) -> None:
    desk.decide(desk.post(SPAM, author=None), REJECT)

    assert desk.terms() == []


def test_what_the_active_rules_find_is_not_suggested(
    desk: Desk, session: Session, services: Services
) -> None:
    desk.decide(desk.post(SPAM), REJECT)
    term = next(term for term in desk.terms() if "刷单" in term)
    active_rules(session, services, [a_rule(term)])

    assert not any("刷单" in term for term in desk.terms())


def test_it_tells_how_much_the_active_rules_find_by_something_else(
    desk: Desk, session: Session, services: Services
) -> None:
    desk.decide(desk.post(SPAM), REJECT)
    active_rules(session, services, [a_rule("兼职"), a_rule("宝妈")])

    assert [row.suggestion.caught for row in desk.see().rows if "刷单" in row.suggestion.term] == [29]


def test_old_decisions_are_in_the_longer_list_alone(desk: Desk, clock: FrozenClock) -> None:
    desk.decide(desk.post(SPAM), REJECT)
    clock.move(days=8)

    assert desk.terms(7) == []
    assert any("刷单" in term for term in desk.terms(30))


def test_erased_comments_are_no_examples(desk: Desk, session: Session) -> None:
    spam = desk.post(SPAM)
    desk.decide(spam, REJECT)
    shown = desk.see().rows[0].examples
    session.execute(delete(Comment).where(Comment.id == shown[0].id))
    session.commit()

    view = suggesting.see("demo", 7, session=session, services=desk.services)

    assert [comment.id for comment in view.rows[0].examples] == [comment.id for comment in shown[1:]]


def test_only_the_latest_decisions_are_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.decide(desk.post(SPAM), REJECT)
    monkeypatch.setattr(suggesting, "SLICE", 2)
    monkeypatch.setitem(suggesting.MOST, REJECT, 5)
    monkeypatch.setitem(suggesting.MOST_CHARS, APPROVE, 1)

    view = desk.see()

    assert view.of is not None
    assert (view.of.rejected, view.of.approved) == (5, 2)


def test_a_turn_makes_one_list_and_each_is_due_again_after_six_hours(
    desk: Desk, session: Session, services: Services, clock: FrozenClock
) -> None:
    Desk(session, services, "other")

    def due() -> int:
        lists = 0
        while suggesting.work(session=session, services=services):
            lists += 1
        return lists

    assert due() == 2 * len(suggesting.WINDOWS)
    clock.move(hours=5, minutes=59)
    assert due() == 0
    desk.see()
    clock.move(minutes=1)
    assert due() == 2 * len(suggesting.WINDOWS) - 1


def test_sites_are_kept_apart(desk: Desk, session: Session, services: Services) -> None:
    other = Desk(session, services, "other")
    other.decide(other.post(FINE, author=lambda number: 100 + number), APPROVE)
    other.decide(other.post(SPAM), REJECT)

    assert other.terms() != []
    assert desk.terms() == []
    with pytest.raises(SiteUnknown):
        suggesting.see("nowhere", 7, session=session, services=services)
    with pytest.raises(Invalid):
        suggesting.ask("demo", 8, session=session, services=services)
