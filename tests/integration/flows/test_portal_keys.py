"""Keys of sign-in on both databases: added, told once, retired, rotated; and whom a token names."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from moderation.adapters.secrets import KeyedSecrets
from moderation.domain.errors import PortalKeyUnknown, PortalTokenInvalid, SignInNotOffered, SiteUnknown
from moderation.domain.events import Actor, ActorKind, EventName
from moderation.domain.policy import SignIn
from moderation.domain.portal import Why
from moderation.flows import portal_keys
from moderation.flows.portal_keys import AddedKey
from moderation.ports import Services
from moderation.store.tables import AuditEvent, PortalKey
from tests.conftest import SECRET, Queries
from tests.factories import a_site
from tests.fakes import FrozenClock
from tests.integration.conftest import Race
from tests.portal import a_token, claims_at, signed


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site whose portal may sign its readers in."""
    return a_site(session, services, sign_in=SignIn.OPTIONAL)


TOLD = (EventName.PORTAL_KEY_ADDED, EventName.PORTAL_KEY_RETIRED)


def a_key(session: Session, services: Services) -> AddedKey:
    return portal_keys.add("demo", session=session, services=services)


def why(token: str, session: Session, services: Services) -> str:
    with pytest.raises(PortalTokenInvalid) as refused:
        portal_keys.writer_of("demo", token, session=session, services=services)
    assert token not in repr(refused.value)
    return refused.value.why


@pytest.mark.usefixtures("site")
def test_a_token_names_its_author_in_one_query(
    session: Session, services: Services, clock: FrozenClock, queries: Queries
) -> None:
    token = a_token(a_key(session, services), clock.now(), verified=True)
    queries.statements.clear()

    writer = portal_keys.writer_of("demo", token, session=session, services=services)

    assert (writer.subject, writer.nickname, writer.is_verified) == ("reader-7", "槐花", True)
    assert len(queries) == 1


def test_a_subject_is_another_author_on_another_site(
    session: Session, services: Services, clock: FrozenClock, site: UUID
) -> None:
    a_site(session, services, "other", sign_in=SignIn.OPTIONAL)
    here = a_token(a_key(session, services), clock.now())
    key = portal_keys.add("other", session=session, services=services)
    there = a_token(key, clock.now(), iss="other")

    first = portal_keys.writer_of("demo", here, session=session, services=services)
    second = portal_keys.writer_of("other", there, session=session, services=services)

    assert first.subject == second.subject
    assert first.author_hash == services.secrets.digest(f"portal:{site}:reader-7")
    assert first.author_hash != second.author_hash


@pytest.mark.usefixtures("site")
def test_a_token_of_another_site_is_refused_even_under_the_same_name_of_a_key(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, "other", sign_in=SignIn.OPTIONAL)
    key = a_key(session, services)
    now = clock.now()

    with pytest.raises(PortalTokenInvalid) as refused:
        portal_keys.writer_of("other", a_token(key, now, iss="other"), session=session, services=services)

    assert refused.value.why == Why.UNKNOWN_KEY


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("key_id", ["", "0a1b2c3d", "x\x00", "字", "' OR 1=1 --", "A" * 1_000])
def test_a_key_that_is_not_the_sites_is_unknown(
    session: Session, services: Services, clock: FrozenClock, key_id: str
) -> None:
    a_key(session, services)
    token = signed({"alg": "HS256", "kid": key_id}, claims_at(clock.now()), "k" * 43)

    assert why(token, session, services) == Why.UNKNOWN_KEY


def test_nothing_secret_is_at_rest_and_the_audit_tells_names_alone(
    session: Session, services: Services, site: UUID
) -> None:
    lin = Actor(ActorKind.ACCOUNT, UUID(int=7))
    key = portal_keys.add("demo", actor=lin, site_ids=[site], session=session, services=services)
    portal_keys.retire("demo", key.key_id, actor=lin, site_ids=[site], session=session, services=services)

    events = session.scalars(
        select(AuditEvent).where(AuditEvent.name.in_(TOLD)).order_by(AuditEvent.id)
    ).all()
    kept = session.scalars(select(PortalKey)).one()
    assert [(event.name, event.actor_id, event.new) for event in events] == [
        (EventName.PORTAL_KEY_ADDED, lin.id, {"key_id": key.key_id}),
        (EventName.PORTAL_KEY_RETIRED, lin.id, {"key_id": key.key_id}),
    ]
    assert len(key.secret) == 43
    assert {column.key for column in inspect(PortalKey).columns} == {
        "site_id",
        "key_id",
        "created_at",
        "retired_at",
    }
    assert kept.key_id == key.key_id
    assert key.key_id not in key.secret


@pytest.mark.usefixtures("site")
def test_two_keys_overlap_until_the_first_is_retired(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    old = a_key(session, services)
    clock.move(minutes=1)
    new = a_key(session, services)
    tokens = [a_token(key, clock.now()) for key in (old, new)]
    subjects = [
        portal_keys.writer_of("demo", token, session=session, services=services).subject for token in tokens
    ]

    portal_keys.retire("demo", old.key_id, session=session, services=services)

    assert subjects == ["reader-7", "reader-7"]
    assert why(tokens[0], session, services) == Why.RETIRED_KEY
    assert portal_keys.writer_of("demo", tokens[1], session=session, services=services).subject == "reader-7"
    listed = portal_keys.listed("demo", session=session)
    assert [(key.key_id, key.retired_at) for key in listed] == [
        (new.key_id, None),
        (old.key_id, clock.now()),
    ]


@pytest.mark.usefixtures("site")
def test_a_key_holds_while_the_services_own_key_is_changed(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    old = a_key(session, services)
    changing = replace(services, secrets=KeyedSecrets("another key " * 4, previous_key=SECRET))
    changed = replace(services, secrets=KeyedSecrets("another key " * 4))
    new = portal_keys.add("demo", session=session, services=changing)
    by_old, by_new = (a_token(key, clock.now()) for key in (old, new))

    for token, meanwhile in ((by_old, changing), (by_new, changing), (by_new, changed)):
        writer = portal_keys.writer_of("demo", token, session=session, services=meanwhile)
        assert writer.subject == "reader-7"

    assert why(by_old, session, changed) == Why.SIGNATURE


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("key_id", ["0a1b2c3d", "", "a\x00", "x" * 100])
def test_a_key_that_is_not_in_force_cannot_be_retired(
    session: Session, services: Services, key_id: str
) -> None:
    with pytest.raises(PortalKeyUnknown):
        portal_keys.retire("demo", key_id, session=session, services=services)

    assert not session.scalars(select(AuditEvent).where(AuditEvent.name.in_(TOLD))).all()


@pytest.mark.usefixtures("site")
def test_of_two_who_retire_a_key_one_is_told_that_it_is_gone(
    session: Session, services: Services, race: Race
) -> None:
    key = a_key(session, services)

    results = race([lambda own: portal_keys.retire("demo", key.key_id, session=own, services=services)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["NoneType", "PortalKeyUnknown"]
    assert (
        len(session.scalars(select(AuditEvent).where(AuditEvent.name == EventName.PORTAL_KEY_RETIRED)).all())
        == 1
    )


def test_nobody_touches_the_keys_of_a_site_that_is_not_his(
    session: Session, services: Services, site: UUID
) -> None:
    key = a_key(session, services)

    with pytest.raises(SiteUnknown):
        portal_keys.add("demo", site_ids=[], session=session, services=services)
    with pytest.raises(SiteUnknown):
        portal_keys.retire("demo", key.key_id, site_ids=[], session=session, services=services)
    with pytest.raises(SiteUnknown):
        portal_keys.listed("demo", site_ids=[], session=session)

    assert [each.key_id for each in portal_keys.listed("demo", site_ids=[site], session=session)] == [
        key.key_id
    ]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("site_key", ["nowhere", "a\x00", "", "DEMO"])
def test_a_token_on_no_site_names_nobody(
    session: Session, services: Services, clock: FrozenClock, site_key: str
) -> None:
    token = a_token(a_key(session, services), clock.now())

    with pytest.raises(SiteUnknown):
        portal_keys.writer_of(site_key, token, session=session, services=services)


def test_where_nobody_signs_in_a_token_is_refused_rather_than_overlooked(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    token = a_token(a_key(session, services), clock.now())

    with pytest.raises(SignInNotOffered):
        portal_keys.writer_of("demo", token, session=session, services=services)
