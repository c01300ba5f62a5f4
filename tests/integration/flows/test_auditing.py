"""The audit's chain: sealed once each, and every way to tamper with it found, on both databases."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from moderation.domain import chain
from moderation.domain.account import Role
from moderation.domain.audit import Filter
from moderation.domain.chain import Seal
from moderation.domain.errors import TooMany
from moderation.domain.events import OPERATOR, Actor, ActorKind, Event, EventName
from moderation.flows import auditing
from moderation.flows.auditing import Breach
from moderation.ports import Services
from moderation.store import outbox
from moderation.store.tables import AuditEvent, AuditSeal, UnsealedEvent
from moderation.store.transaction import transaction
from tests.conftest import Queries
from tests.factories import a_comment, a_site, an_account
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

EVENTS: Final = 5
GUARDED: Final = ("audit_events", "audit_chain")


def some_events(session: Session, services: Services, count: int = EVENTS) -> UUID:
    """Make a site, whose making is an event, and more events of it."""
    site_id = a_site(session, services)
    with transaction(session):
        for number in range(count - 1):
            event = Event(
                name=EventName.SITE_CHANGED,
                actor=OPERATOR,
                subject_kind="site",
                subject_id=site_id,
                site_id=site_id,
                old={"number": number},
                new={"number": number + 1, "share": 0.5, "names": ["花", None, True]},
            )
            outbox.record(session, event, now=services.clock.now())
    return site_id


def numbers(session: Session) -> list[int]:
    with session.begin():
        return list(session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))


def unguarded(session: Session, statement: str, **values: object) -> None:
    """Do what only the owner of the database can: past the triggers, which are back afterwards."""
    with session.begin():
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(statement), values)
            return
        kept = session.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
        ).all()
        for name, _ in kept:
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement), values)
        for _, sql in kept:
            session.execute(text(sql))


def test_every_event_is_sealed_once_in_order(session: Session, services: Services) -> None:
    some_events(session, services)

    assert auditing.seal(session=session, services=services) == EVENTS
    assert auditing.seal(session=session, services=services) == 0

    found = auditing.verify(session=session)
    assert (found.verified, found.head.position, found.unsealed, found.broken) == (EVENTS, EVENTS, 0, None)
    with session.begin():
        sealed = session.execute(select(AuditSeal.position, AuditSeal.event_id)).all()
    assert [position for position, _ in sealed] == list(range(1, EVENTS + 1))
    assert [event_id for _, event_id in sealed] == numbers(session)


def test_the_chain_can_be_computed_from_its_export(session: Session, services: Services) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)

    before = chain.START
    for sealed in auditing.every_sealed(session=session):
        assert sealed.event is not None
        before = chain.link(before, chain.bytes_of(sealed.event))
        assert sealed.hash == before.hex()

    assert auditing.head(session=session) == Seal(EVENTS, before)


def test_an_event_that_commits_late_is_sealed_when_it_appears(
    session: Session, services: Services, race: Race
) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    # As if its transaction had been open all the while: a number below all that are sealed.
    values = "site_id, name, subject_kind, subject_id, actor_kind, old, new, created_at"
    with session.begin():
        session.execute(
            text(f"INSERT INTO audit_events (id, {values}) SELECT -1, {values} FROM audit_events LIMIT 1")
        )
    del race

    assert auditing.seal(session=session, services=services) == 1

    found = auditing.verify(session=session)
    assert (found.verified, found.broken) == (EVENTS + 1, None)


def test_of_two_sealers_none_seals_twice(session: Session, services: Services, race: Race) -> None:
    some_events(session, services, 40)

    done = race([lambda own: auditing.seal(session=own, services=services) for _ in range(4)])

    assert not [each for each in done if isinstance(each, Exception)]
    auditing.seal_all(session=session, services=services)
    found = auditing.verify(session=session)
    assert (found.verified, found.unsealed, found.broken) == (40, 0, None)


Tamper = Callable[[Session, list[int]], None]


def change(session: Session, there: list[int]) -> None:
    unguarded(session, "UPDATE audit_events SET reason = 'x' WHERE id = :id", id=there[2])


def change_values(session: Session, there: list[int]) -> None:
    unguarded(session, "UPDATE audit_events SET new = '{}' WHERE id = :id", id=there[2])


def remove(session: Session, there: list[int]) -> None:
    unguarded(session, "DELETE FROM audit_events WHERE id = :id", id=there[2])


def insert(session: Session, there: list[int]) -> None:
    values = "site_id, name, subject_kind, subject_id, actor_kind, old, new, created_at"
    unguarded(
        session,
        f"INSERT INTO audit_events (id, {values}) SELECT 10000, {values} FROM audit_events WHERE id = :id",
        id=there[2],
    )


def remove_seal(session: Session, there: list[int]) -> None:
    unguarded(session, "DELETE FROM audit_chain WHERE event_id = :id", id=there[2])


def change_seal(session: Session, there: list[int]) -> None:
    other = select(AuditSeal.hash).where(AuditSeal.event_id == there[1])
    with session.begin():
        assert session.scalar(other)
    unguarded(
        session,
        "UPDATE audit_chain SET hash = (SELECT hash FROM audit_chain WHERE event_id = :one) WHERE event_id = :id",
        one=there[1],
        id=there[2],
    )


def cut_off(session: Session, there: list[int]) -> None:
    unguarded(session, "DELETE FROM audit_chain WHERE event_id >= :id", id=there[2])


@pytest.mark.parametrize(
    ("tamper", "breach", "place"),
    [
        (change, Breach.CHANGED, 2),
        (change_values, Breach.CHANGED, 2),
        (remove, Breach.REMOVED, 2),
        (insert, Breach.INSERTED, None),
        (remove_seal, Breach.SEAL_REMOVED, None),
        (change_seal, Breach.CHANGED, 2),
        (cut_off, Breach.INSERTED, 2),
    ],
    ids=["changed", "values changed", "removed", "inserted", "seal removed", "seal changed", "chain cut off"],
)
def test_tampering_is_found(
    session: Session, services: Services, tamper: Tamper, breach: Breach, place: int | None
) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    there = numbers(session)

    tamper(session, there)

    broken = auditing.verify(session=session).broken
    assert broken is not None
    assert broken.breach is breach
    if place is not None:
        assert broken.event_id == there[place]


@pytest.mark.parametrize("changed", ["new = 'none'", "subject_id = 'x'", "created_at = ''", "name = 'x'"])
def test_what_is_no_event_any_more_is_changed(session: Session, services: Services, changed: str) -> None:
    if session.get_bind().dialect.name == "postgresql" and not changed.startswith("name"):
        changed = "name = ''"  # its types refuse the others
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    there = numbers(session)

    unguarded(session, f"UPDATE audit_events SET {changed} WHERE id = :id", id=there[2])

    broken = auditing.verify(session=session).broken
    assert broken is not None
    assert (broken.breach, broken.event_id) == (Breach.CHANGED, there[2])


def test_an_event_removed_before_it_was_sealed_is_missed(session: Session, services: Services) -> None:
    some_events(session, services)

    remove(session, numbers(session))

    broken = auditing.verify(session=session).broken
    assert broken is not None
    assert broken.breach is Breach.REMOVED


def test_an_anchor_finds_a_chain_that_was_written_anew(session: Session, services: Services) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    anchor = auditing.head(session=session)
    assert auditing.verify(anchor=anchor, session=session).broken is None
    some_events_of_another_past(session)
    auditing.seal_all(session=session, services=services)

    assert auditing.verify(session=session).broken is None

    broken = auditing.verify(anchor=anchor, session=session).broken
    assert broken is not None
    assert broken.breach is Breach.ANCHOR_MISSED


def some_events_of_another_past(session: Session) -> None:
    unguarded(session, "UPDATE audit_events SET reason = 'x'")
    unguarded(session, "DELETE FROM audit_chain")
    unguarded(session, "INSERT INTO audit_unsealed SELECT id FROM audit_events")


def test_from_an_anchor_only_what_follows_is_computed(session: Session, services: Services) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    anchor = auditing.head(session=session)
    a_comment(session, services)
    auditing.seal_all(session=session, services=services)

    found = auditing.verify(anchor=anchor, is_from_anchor=True, session=session)

    assert (found.verified, found.broken) == (1, None)


def test_verifying_reads_in_parts(
    session: Session, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    monkeypatch.setattr(auditing, "VERIFIED_AT_ONCE", 2)
    monkeypatch.setattr(auditing, "NUMBERS_AT_ONCE", 2)
    steps: list[int] = []

    found = auditing.verify(on_step=steps.append, session=session)

    assert (found.verified, steps) == (EVENTS, [2, 2, 1])


def test_what_waits_long_to_be_sealed_is_late(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    some_events(session, services)
    assert not auditing.verify(session=session).is_late(clock.now())
    clock.move(minutes=10, seconds=1)

    found = auditing.verify(session=session)

    assert found.is_late(clock.now())
    assert (found.unsealed, found.broken) == (EVENTS, None)


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_audit_and_chain(
    session: Session, services: Services, table: str, statement: str
) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)
    column = "hash" if table == "audit_chain" else "reason"

    with pytest.raises(DatabaseError, match=f"{table} is append-only"):
        session.execute(text(statement.format(table, column, column)))
    session.rollback()


# SQLite has no TRUNCATE: a DELETE without WHERE meets the triggers there.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", GUARDED)
def test_the_database_refuses_to_truncate_audit_and_chain(
    session: Session, services: Services, table: str
) -> None:
    some_events(session, services)

    with pytest.raises(DatabaseError, match=f"{table} is append-only"):
        session.execute(text(f"TRUNCATE {table} CASCADE"))
    session.rollback()


def test_a_rolled_back_event_is_not_noted(session: Session, services: Services) -> None:
    some_events(session, services)
    auditing.seal_all(session=session, services=services)

    def fail() -> None:
        with transaction(session):
            event = Event(
                name=EventName.SITE_CHANGED,
                actor=OPERATOR,
                subject_kind="site",
                subject_id=services.ids.new(),
            )
            outbox.record(session, event, now=services.clock.now())
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with session.begin():
        assert session.scalar(select(func.count()).select_from(UnsealedEvent)) == 0


# Pages --------------------------------------------------------------------------------------------------------


def found(session: Session, site_ids: tuple[UUID, ...], **wanted: object) -> list[EventName]:
    page = auditing.page(site_ids, Filter(**wanted), session=session)  # type: ignore[arg-type]  # a test names fields
    return [row.name for row in page.rows]


def test_a_page_is_narrowed_by_each_filter(session: Session, services: Services, clock: FrozenClock) -> None:
    site_id = a_site(session, services)
    comment = a_comment(session, services)
    account_id = an_account(session, services, role=Role.MODERATOR, site_key="demo")
    clock.move(hours=1)
    with transaction(session):
        event = Event(
            name=EventName.COMMENT_REJECTED,
            actor=Actor(ActorKind.ACCOUNT, account_id),
            subject_kind="comment",
            subject_id=comment.comment_id,
            site_id=site_id,
            reason="insult",
        )
        outbox.record(session, event, now=clock.now())
    only = (site_id,)
    rejected = [EventName.COMMENT_REJECTED]

    assert found(session, only, actor_id=account_id, names=(EventName.COMMENT_REJECTED,)) == rejected
    assert found(session, only, actor_id=account_id, names=(EventName.SITE_CREATED,)) == []
    assert found(session, only, reason="insult") == rejected
    assert found(session, only, since=clock.now()) == rejected
    assert EventName.COMMENT_REJECTED not in found(session, only, until=clock.now())
    assert found(session, only, subject_id=comment.comment_id) == [*rejected, EventName.COMMENT_RECEIVED]
    assert found(session, only, names=(EventName.SITE_CREATED, EventName.COMMENT_RECEIVED)) == [
        EventName.COMMENT_RECEIVED,
        EventName.SITE_CREATED,
    ]
    assert EventName.COMMENT_RECEIVED in found(session, only, actor_kind=ActorKind.AUTHOR)


def test_nobody_sees_the_audit_of_another_site(session: Session, services: Services) -> None:
    own, other = a_site(session, services), a_site(session, services, "other")
    foreign = a_comment(session, services, site_key="other")

    assert found(session, (own,)) == [EventName.SITE_CREATED]
    assert found(session, (own,), subject_id=foreign.comment_id) == []
    assert len(found(session, (own, other))) == 3
    assert found(session, ()) == []


def test_what_is_of_no_site_is_for_who_may_read_every_site(session: Session, services: Services) -> None:
    own, other = a_site(session, services), a_site(session, services, "other")
    with transaction(session):
        event = Event(
            name=EventName.ACCOUNT_SIGNED_IN, actor=OPERATOR, subject_kind="account", subject_id=own
        )
        outbox.record(session, event, now=services.clock.now())

    assert EventName.ACCOUNT_SIGNED_IN in found(session, (own, other))
    assert EventName.ACCOUNT_SIGNED_IN not in found(session, (own,))


def test_pages_follow_each_other_without_gap_or_repeat(
    session: Session, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "PAGE", 3)
    site_id = some_events(session, services, 8)
    read: list[int] = []
    before = None
    for _ in range(4):
        page = auditing.page((site_id,), Filter(), before=before, session=session)
        read += [row.id for row in page.rows]
        before = page.next_before
        if before is None:
            break

    assert read == sorted(numbers(session), reverse=True)


def test_a_page_asks_the_database_little(session: Session, services: Services, queries: Queries) -> None:
    site_id = a_site(session, services)
    for number in range(5):
        a_comment(session, services, f"第 {number} 条")
    queries.statements.clear()

    auditing.page((site_id,), Filter(), session=session)

    assert len(queries) <= 5


def test_an_export_is_recorded_read_in_parts_and_limited(
    session: Session, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    site_id = some_events(session, services, 8)
    account_id = an_account(session, services)
    monkeypatch.setattr(auditing, "READ_AT_ONCE", 3)
    monkeypatch.setattr(auditing, "MOST_EXPORTED", 5)

    rows = auditing.export(
        (site_id,),
        Filter(names=(EventName.SITE_CHANGED,)),
        kind="csv",
        account_id=account_id,
        session=session,
        services=services,
    )

    assert [row.name for row in rows] == [EventName.SITE_CHANGED] * 5
    recorded = auditing.page((site_id,), Filter(names=(EventName.AUDIT_EXPORTED,)), session=session).rows
    assert [row.new for row in recorded] == [{"format": "csv", "events": ["site.changed"]}]


def test_exports_have_a_limit(session: Session, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    site_id = a_site(session, services)
    account_id = an_account(session, services)
    monkeypatch.setattr(auditing, "EXPORTS", "1/hour")

    def ask() -> None:
        auditing.export(
            (site_id,), Filter(), kind="csv", account_id=account_id, session=session, services=services
        )

    ask()
    with pytest.raises(TooMany):
        ask()
