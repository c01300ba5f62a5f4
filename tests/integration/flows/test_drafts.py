"""Drafts of rules on both databases: edited row by row, by several people, compiled when asked, immutable in force."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.errors import DraftChanged, NotADraft, RuleSetUnknown, RulesInvalid, RuleUnknown
from moderation.domain.events import Actor, ActorKind, EventName
from moderation.domain.figures import RuleRecord
from moderation.domain.ruleset import RuleFilter, RuleOrder, RuleSetState
from moderation.flows import drafts, rule_pages, rulesets
from moderation.flows.drafts import Seen, Settings
from moderation.ports import Services
from moderation.rules import Action, Document, Field, Kind, Rule, Thresholds, Verdict
from moderation.store import figures
from moderation.store.tables import AuditEvent, RuleSetVersion
from tests.conftest import Queries
from tests.factories import a_rule, a_site, active_rules, an_account

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


@pytest.fixture
def owner(session: Session, services: Services) -> Actor:
    a_site(session, services)
    return Actor(ActorKind.ACCOUNT, an_account(session, services, "lin", Role.OWNER))


def seen(session: Session, number: int) -> Seen:
    edition = rule_pages.version("demo", number, session=session).edition
    return Seen(site_key="demo", number=number, edition=edition)


def terms(session: Session, number: int) -> list[str]:
    return sorted(rule.term for rule in rulesets.export_rules("demo", number, session=session).rules)


def start(session: Session, services: Services, owner: Actor, **source: Any) -> int:
    return drafts.start("demo", "draft", **source, actor=owner, session=session, services=services)


def events(session: Session) -> list[tuple[str, dict[str, object]]]:
    query = select(AuditEvent.name, AuditEvent.new, AuditEvent.actor_id).order_by(AuditEvent.id)
    return [(name, new) for name, new, _ in session.execute(query) if name.startswith("rule-set")]


def test_a_draft_of_the_active_version_is_edited_and_put_in_force(
    session: Session, services: Services, owner: Actor
) -> None:
    first = active_rules(session, services, [a_rule("赌博"), a_rule("外挂")])
    number = start(session, services, owner, of_number=first)
    with_key = drafts.add_rule(
        seen(session, number),
        replace(a_rule("加微信"), key=""),
        actor=owner,
        session=session,
        services=services,
    )
    changed = replace(a_rule("赌博"), action=Action.BLOCK, exceptions=("赌博罪",))
    drafts.change_rule(seen(session, number), changed, actor=owner, session=session, services=services)
    removed = drafts.remove_rules(
        seen(session, number), [a_rule("外挂").key], actor=owner, session=session, services=services
    )

    assert with_key.startswith("term-")
    assert removed == 1
    found = rule_pages.difference("demo", number, session=session, services=services)
    assert (found.counts.added, found.counts.removed, found.counts.changed) == (1, 1, 1)
    assert [rule.term for rule in found.added] == ["加微信"]
    assert [rule.term for rule in found.removed] == ["外挂"]
    assert [(cell[0], cell[2]) for cell in found.changed[0].cells] == [
        ("action", "block"),
        ("exceptions", ["赌博罪"]),
    ]
    assert found.findings == []
    assert terms(session, first) == ["外挂", "赌博"]

    edition = rule_pages.version("demo", number, session=session).edition
    activated = rulesets.activate(
        "demo", number, edition=edition, actor=owner, session=session, services=services
    )
    assert activated.state is RuleSetState.ACTIVE
    assert activated.rule_count == 2
    tried = rulesets.try_text("demo", {Field.TEXT: "赌博"}, session=session, services=services)
    assert tried.verdict is Verdict.BLOCK
    row = rule_pages.version("demo", number, session=session)
    assert (row.created_by, row.edited_by, row.activated_by, row.based_on) == ("Lin", "Lin", "Lin", first)

    rulesets.activate("demo", first, actor=owner, session=session, services=services)
    tried = rulesets.try_text("demo", {Field.TEXT: "外挂"}, session=session, services=services)
    assert tried.verdict is Verdict.REVIEW
    assert [name for name, _ in events(session)] == [
        "rule-set.imported",
        "rule-set.activated",
        "rule-set.drafted",
        *["rule-set.edited"] * 3,
        "rule-set.activated",
        "rule-set.activated",
    ]
    assert (
        session.scalars(select(AuditEvent.actor_id).where(AuditEvent.name == EventName.RULE_SET_EDITED)).all()
        == [owner.id] * 3
    )


def test_of_two_who_saw_the_same_edition_the_later_is_told_who_was_faster(
    session: Session, services: Services, owner: Actor
) -> None:
    number = start(session, services, owner)
    both = seen(session, number)
    drafts.add_rule(both, a_rule("赌博"), actor=owner, session=session, services=services)

    with pytest.raises(DraftChanged) as told:
        drafts.add_rule(both, a_rule("外挂"), actor=owner, session=session, services=services)
    assert told.value.by == "Lin"
    assert terms(session, number) == ["赌博"]


def test_a_race_of_edits_is_won_once(session: Session, services: Services, owner: Actor, race: Race) -> None:
    number = start(session, services, owner)
    both = seen(session, number)
    results = race(
        [
            lambda own, term=term: drafts.add_rule(  # type: ignore[misc]
                both, a_rule(term), actor=owner, session=own, services=services
            )
            for term in ("赌博", "外挂", "加微信", "代开发票")
        ]
    )

    assert sum(isinstance(result, DraftChanged) for result in results) == 3
    assert rule_pages.version("demo", number, session=session).rule_count == 1


def test_what_was_looked_at_is_what_is_activated(session: Session, services: Services, owner: Actor) -> None:
    number = start(session, services, owner)
    looked_at = seen(session, number).edition
    drafts.add_rule(seen(session, number), a_rule("赌博"), actor=owner, session=session, services=services)

    with pytest.raises(DraftChanged):
        rulesets.activate("demo", number, edition=looked_at, actor=owner, session=session, services=services)
    with pytest.raises(RuleSetUnknown):
        rulesets.try_text("demo", {Field.TEXT: "赌博"}, session=session, services=services)


def test_a_draft_is_tried_as_it_is_now(session: Session, services: Services, owner: Actor) -> None:
    number = start(session, services, owner)

    def verdict() -> Verdict:
        texts = {Field.TEXT: "我要赌博"}
        return rulesets.try_text("demo", texts, number=number, session=session, services=services).verdict

    assert verdict() is Verdict.ALLOW
    drafts.add_rule(seen(session, number), a_rule("赌博"), actor=owner, session=session, services=services)
    assert rule_pages.version("demo", number, session=session).digest is None
    assert verdict() is Verdict.REVIEW
    assert rule_pages.version("demo", number, session=session).digest is not None
    assert verdict() is Verdict.REVIEW
    drafts.remove_rules(
        seen(session, number), [a_rule("赌博").key], actor=owner, session=session, services=services
    )
    assert verdict() is Verdict.ALLOW


def test_what_is_or_was_in_force_is_not_edited(session: Session, services: Services, owner: Actor) -> None:
    number = active_rules(session, services, [a_rule("赌博")])
    for _ in range(2):
        with pytest.raises(NotADraft):
            drafts.add_rule(
                seen(session, number), a_rule("外挂"), actor=owner, session=session, services=services
            )
        with pytest.raises(NotADraft):
            rulesets.discard("demo", number, actor=owner, session=session, services=services)
        rulesets.retire("demo", number, actor=owner, session=session, services=services)

    assert rule_pages.version("demo", number, session=session).state is RuleSetState.RETIRED
    assert [name for name, _ in events(session)].count("rule-set.retired") == 1
    with pytest.raises(RuleSetUnknown):
        rulesets.try_text("demo", {Field.TEXT: "赌博"}, session=session, services=services)


def test_the_database_puts_nothing_in_force_that_is_not_compiled(
    session: Session, services: Services, owner: Actor
) -> None:
    start(session, services, owner)
    version = session.scalars(select(RuleSetVersion)).one()
    version.state = RuleSetState.ACTIVE

    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_a_discarded_draft_is_gone_and_its_number_stays_taken(
    session: Session, services: Services, owner: Actor
) -> None:
    number = start(session, services, owner, pack="gambling")
    assert rule_pages.version("demo", number, session=session).rule_count > 10
    rulesets.discard("demo", number, actor=owner, session=session, services=services)

    assert rulesets.list_versions("demo", session=session) == []
    assert rule_pages.versions("demo", session=session).rows == []
    for act in (
        lambda: rule_pages.version("demo", number, session=session),
        lambda: rulesets.activate("demo", number, session=session, services=services),
        lambda: start(session, services, owner, of_number=number),
        lambda: start(session, services, owner, pack="politics"),
    ):
        with pytest.raises(RuleSetUnknown):
            act()
    assert start(session, services, owner) == number + 1


def test_faults_are_told_and_nothing_is_stored(session: Session, services: Services, owner: Actor) -> None:
    number = start(session, services, owner)
    wrong = replace(a_rule("赌博"), severity=0, kind=Kind.PATTERN, term="(", thread_key="")
    with pytest.raises(RulesInvalid) as told:
        drafts.add_rule(seen(session, number), wrong, actor=owner, session=session, services=services)
    assert {fault.field for fault in told.value.found} == {"term", "severity", "thread_key"}
    assert seen(session, number).edition == 0

    drafts.add_rule(seen(session, number), a_rule("赌博"), actor=owner, session=session, services=services)
    with pytest.raises(RulesInvalid) as told:
        drafts.add_rule(
            seen(session, number), a_rule("赌博"), actor=owner, session=session, services=services
        )
    assert [(fault.field, fault.code) for fault in told.value.found] == [("key", "duplicate")]
    assert seen(session, number).edition == 1
    with pytest.raises(RuleUnknown):
        drafts.change_rule(
            seen(session, number), a_rule("外挂"), actor=owner, session=session, services=services
        )


def test_settings_of_all_rules_are_kept_and_checked(
    session: Session, services: Services, owner: Actor
) -> None:
    number = start(session, services, owner)
    kept = Settings("春节", ("赌博罪",), Thresholds(review=40, block=90))
    drafts.change_settings(seen(session, number), kept, actor=owner, session=session, services=services)

    row = rule_pages.version("demo", number, session=session)
    assert (row.name, row.exceptions) == ("春节", ("赌博罪",))
    assert rulesets.export_rules("demo", number, session=session).thresholds == kept.thresholds
    for wrong in (
        Settings("", (), None),
        Settings("x", ("\u200b",), None),
        Settings("x", (), Thresholds(review=90, block=40)),
    ):
        with pytest.raises(RulesInvalid):
            drafts.change_settings(
                seen(session, number), wrong, actor=owner, session=session, services=services
            )


def test_an_imported_list_becomes_a_draft_or_takes_the_place_of_one(
    session: Session, services: Services, owner: Actor
) -> None:
    first = Document((a_rule("赌博"), a_rule("外挂")), ("赌博罪",), Thresholds(review=40))
    number = drafts.take_in("demo", "list", first, actor=owner, session=session, services=services)
    assert rulesets.export_rules("demo", number, session=session).exceptions == ("赌博罪",)

    drafts.put_in_place(
        seen(session, number), Document((a_rule("加微信"),)), actor=owner, session=session, services=services
    )
    assert rulesets.export_rules("demo", number, session=session) == Document((a_rule("加微信"),))
    assert rule_pages.version("demo", number, session=session).rule_count == 1


RULES = [
    Rule(f"k-{place}", f"词{place:03}", action, "other", place % 100 + 1, kind=Kind.TERM)
    for place in range(120)
    for action in [list(Action)[place % 5]]
]


@pytest.fixture
def many(
    session: Session, services: Services, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> dict[str, RuleRecord]:
    """Put 120 rules in force, some of them with a record; one record is of a rule that is not there."""
    del owner
    active_rules(session, services, RULES)
    records = {
        "k-7": RuleRecord(50, 10, 40),
        "k-8": RuleRecord(90, 40, 10),
        "k-9": RuleRecord(70, 1, 2),
        "gone": RuleRecord(99, 0, 99),
    }

    def told(*_: object, rule_keys: Sequence[str] | None = None, **__: object) -> dict[str, RuleRecord]:
        return {key: record for key, record in records.items() if rule_keys is None or key in rule_keys}

    monkeypatch.setattr(figures, "rule_records", told)
    return records


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("-hits", ["k-8", "k-9", "k-7", "k-0"]),
        ("-share", ["k-7", "k-8", "k-9", "k-0"]),
        ("-severity", ["k-99", "k-98", "k-97", "k-96"]),
        ("term", ["k-0", "k-1", "k-2", "k-3"]),
        ("-action", ["k-104", "k-109", "k-114", "k-119"]),
    ],
)
def test_rules_are_sorted_by_any_column_and_no_page_leaves_one_out(
    session: Session, services: Services, queries: Queries, order: str, first: list[str]
) -> None:
    wanted = RuleOrder.read(order)
    assert wanted is not None
    pages = []
    for number in (1, 2, 3):
        begun = len(queries)
        page = rule_pages.rule_page(
            "demo", None, RuleFilter(), wanted, page=number, session=session, services=services
        )
        assert len(queries) - begun <= 6
        pages.append([row.rule.key for row in page.rows])

    assert pages[0][:4] == first
    assert [len(page) for page in pages] == [50, 50, 20]
    assert sorted(key for page in pages for key in page) == sorted(rule.key for rule in RULES)
    backwards = RuleOrder(wanted.column, not wanted.is_descending)
    last = rule_pages.rule_page(
        "demo", None, RuleFilter(), backwards, page=9, session=session, services=services
    )
    assert last.number == 3
    if wanted.is_by_record:
        assert [row.rule.key for row in last.rows][-3:] == first[2::-1]


def test_rules_are_filtered_in_the_database(
    many: dict[str, RuleRecord], session: Session, services: Services
) -> None:
    def found(order: str = "key", **wanted: Any) -> list[str]:
        asked = RuleOrder.read(order)
        assert asked is not None
        page = rule_pages.rule_page(
            "demo", None, RuleFilter(**wanted), asked, page=1, session=session, services=services
        )
        assert page.total == len(page.rows)
        return [row.rule.key for row in page.rows]

    assert many
    assert found(text="词00", action=Action.REVIEW) == ["k-3", "k-8"]
    assert found("-hits", text="词00", action=Action.REVIEW) == ["k-8", "k-3"]
    assert found(text="%") == []
    assert found(text="K-11") == ["k-11", *(f"k-11{place}" for place in range(10))]
    assert found(kind=Kind.PATTERN) == []


def test_a_site_without_rules_has_an_empty_list(session: Session, services: Services, owner: Actor) -> None:
    del owner
    page = rule_pages.rule_page(
        "demo", None, RuleFilter(), RuleOrder(), page=1, session=session, services=services
    )

    assert page.version is None
    assert page.last == 1


def test_an_edit_of_a_long_draft_touches_few_rows(
    session: Session, services: Services, owner: Actor, queries: Queries
) -> None:
    number = drafts.take_in(
        "demo", "long", Document(tuple(RULES)), actor=owner, session=session, services=services
    )
    now = seen(session, number)
    begun = len(queries)
    drafts.change_rule(now, replace(RULES[5], severity=77), actor=owner, session=session, services=services)

    assert len(queries) - begun <= 7
    assert isinstance(owner.id, UUID)
