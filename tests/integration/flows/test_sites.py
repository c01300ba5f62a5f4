"""Sites on both databases: only sound settings, every change audited, a version for every state."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.errors import Fault, Invalid, NameTaken, SiteUnknown, ThreadUnknown
from moderation.domain.events import EventName
from moderation.domain.policy import ChallengeMode, Mode
from moderation.flows import origins, sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.store.tables import AuditEvent, Site, Thread
from tests.factories import ORIGIN, a_comment, a_site

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


def faults(session: Session, services: Services, **settings: Any) -> list[tuple[str, str]]:
    try:
        sites.change("demo", SiteSettings(**settings), session=session, services=services)
    except Invalid as error:
        return [(fault.pointer, fault.code) for fault in error.faults]
    return []


def test_a_new_site_is_pre_moderated_and_asks_for_a_challenge(session: Session, services: Services) -> None:
    sites.create("news", SiteSettings(origins=(ORIGIN,)), session=session, services=services)

    found = sites.find("news", session=session)

    assert (found.mode, found.challenge, found.has_rules) == (Mode.PRE, ChallengeMode.IMAGE, False)
    assert sites.list_all(session=session) == [found]
    assert origins.of_site("news", session=session) == {ORIGIN}
    assert origins.of_site("nowhere", session=session) == origins.of_site("\x00", session=session) == set()


def test_a_key_is_taken_once_and_must_be_a_slug(session: Session, services: Services) -> None:
    a_site(session, services)

    with pytest.raises(NameTaken):
        a_site(session, services)
    with pytest.raises(Invalid) as refused:
        sites.create("A b", SiteSettings(), session=session, services=services)

    assert list(refused.value.faults) == [
        Fault("/key", "malformed", 64),
        Fault("/origins", "required"),
    ]


@pytest.mark.parametrize(
    "origin",
    [
        "https://news.example",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "https://xn--fiq228c.example",
        "http://local_host",
    ],
)
def test_an_origin_as_browsers_write_it_is_taken(session: Session, services: Services, origin: str) -> None:
    a_site(session, services)

    assert faults(session, services, origins=(origin,)) == []


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://news.example/", id="a path"),
        pytest.param("https://news.example?", id="an empty query"),
        pytest.param("https://news.example#", id="an empty fragment"),
        pytest.param("https://@news.example", id="an empty name"),
        pytest.param("https://News.example", id="capitals"),
        pytest.param("https://news.example:443", id="the default port, which browsers leave out"),
        pytest.param("http://news.example:80", id="the other default port"),
        pytest.param("https://news.example:99999", id="no port"),
        pytest.param("https://新闻.example", id="not in punycode"),
        pytest.param("https://news.example; script-src *", id="a directive for the page's policy"),
        pytest.param("https://news\n.example", id="a line break for the header"),
        pytest.param("null", id="an opaque origin"),
        pytest.param("*", id="everybody"),
        pytest.param("ftp://news.example", id="not of the web"),
        pytest.param("https://", id="no host"),
    ],
)
def test_what_no_browser_would_send_is_no_origin(session: Session, services: Services, origin: str) -> None:
    a_site(session, services)

    assert faults(session, services, origins=(origin,)) == [("/origins", "not-an-origin")]


@pytest.mark.parametrize("grammar", ["5/minute", "5/minute;30/hour", "3/10minutes", "100000/day"])
def test_a_sound_limit_is_taken(session: Session, services: Services, grammar: str) -> None:
    a_site(session, services)

    assert faults(session, services, limits={"client": grammar}) == []


@pytest.mark.parametrize(
    "grammar", ["", "5", "0/minute", "5/0minutes", "5/minute;", "５/minute", "5/year", "5/minute 6/hour", "-1/day"]
)  # fmt: skip
def test_an_unsound_limit_is_refused(session: Session, services: Services, grammar: str) -> None:
    a_site(session, services)

    assert faults(session, services, limits={"client": grammar}) == [("/limits/client", "malformed")]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": ""}, ("/name", "blank")),
        ({"name": "x" * 121}, ("/name", "too-long")),
        ({"language": "fr"}, ("/language", "unknown")),
        ({"origins": ()}, ("/origins", "required")),
        ({"limits": {"nobody": "5/minute"}}, ("/limits/nobody", "unknown")),
        ({"max_text_chars": 0}, ("/max_text_chars", "out-of-range")),
        ({"max_text_chars": 5_001}, ("/max_text_chars", "out-of-range")),
    ],
    ids=str,
)
def test_an_unsound_setting_is_refused(
    session: Session, services: Services, changed: dict[str, Any], fault: tuple[str, str]
) -> None:
    a_site(session, services)

    assert faults(session, services, **changed) == [fault]


def test_a_change_is_audited_with_what_was_and_what_is(session: Session, services: Services) -> None:
    a_site(session, services)

    sites.change("demo", SiteSettings(mode=Mode.POST, name="新名"), session=session, services=services)
    sites.change("demo", SiteSettings(mode=Mode.POST), session=session, services=services)

    event = session.scalars(select(AuditEvent).where(AuditEvent.name == EventName.SITE_CHANGED)).one()
    assert event.old == {"mode": "pre", "name": "Example News"}
    assert event.new == {"mode": "post", "name": "新名"}
    assert session.scalars(select(Site.version)).one() == 2


def test_a_thread_is_set_apart_and_set_back(session: Session, services: Services) -> None:
    a_site(session, services)
    a_comment(session, services)
    for mode in (Mode.CLOSED, Mode.CLOSED, None):
        sites.set_thread_mode("demo", "1553855", mode, session=session, services=services)

    changes = session.scalars(select(AuditEvent.new).where(AuditEvent.name == EventName.THREAD_CHANGED)).all()

    assert changes == [{"mode": "closed"}, {"mode": None}]
    assert session.scalars(select(Thread.version)).one() == 3


def test_what_is_not_there_cannot_be_changed(session: Session, services: Services) -> None:
    a_site(session, services)

    with pytest.raises(ThreadUnknown):
        sites.set_thread_mode("demo", "1", Mode.CLOSED, session=session, services=services)
    with pytest.raises(SiteUnknown):
        sites.change("nowhere", SiteSettings(), session=session, services=services)


def test_every_state_of_a_thread_has_a_version_of_its_own_though_changes_race(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services, "第一条")

    def shut_and_open(own: Session) -> None:
        for mode in (Mode.PRE, None) * 6:
            sites.set_thread_mode("demo", "1553855", mode, session=own, services=services)

    def post(own: Session) -> None:
        for number in range(12):
            a_comment(own, services, f"第{number}条", is_own_page=True)

    assert race([shut_and_open, post]) == [None, None]

    changed = session.scalar(select(func.count()).where(AuditEvent.name == EventName.THREAD_CHANGED)) or 0
    shown = session.scalar(select(func.count()).where(AuditEvent.name == EventName.COMMENT_PUBLISHED)) or 0
    assert session.scalars(select(Thread.version)).one() == 1 + changed + shown
