"""Sites: made by the operator, changed by him and by owners; every change is audited and raises the version that readers' pages carry."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import MAX_TEXT_CHARS, is_site_key
from moderation.domain.draft import faults_of_string
from moderation.domain.errors import (
    Fault,
    Invalid,
    NameTaken,
    SettingsChanged,
    SiteUnknown,
    ThreadUnknown,
)
from moderation.domain.events import OPERATOR, Actor, Event, EventName
from moderation.domain.policy import (
    MAX_PERCENT,
    OBJECTION_BOUNDS,
    RETAINED_DAYS,
    ChallengeMode,
    Mode,
    PostingLimits,
    SignIn,
    SitePolicy,
)
from moderation.domain.texts import LANGUAGES, faults_of_texts, own_texts
from moderation.ports import Services
from moderation.store import outbox, rulesets, sites, threads
from moderation.store.sites import Changed
from moderation.store.tables import Site
from moderation.store.threads import Override
from moderation.store.transaction import reading, transaction

RETAIN_REJECTED_DAYS, RETAIN_CLIENT_DAYS, RETAIN_AUDIT_DAYS = 180, 30, 1_095
SECOND_LOOK_PERCENT, PATROL_PERCENT = 2, 5
_LIMIT_NAMES = frozenset(PostingLimits.__dataclass_fields__)
_LIMIT_GRAMMAR = re.compile(
    r"(?:[1-9][0-9]{0,5}/(?:[1-9][0-9]{0,3})?(?:second|minute|hour|day)s?(?:;(?!$)|$))+"
)
"""No zeros: a limit of nothing closes a site by accident, a window of nothing has no end."""
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
)
"""An origin as browsers write it (RFC 6454): small letters, punycode. It goes into the headers of pages."""
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What an operator sets on a site; None leaves a setting as it is (or at its default when making one)."""

    name: str | None = None
    language: str | None = None
    origins: tuple[str, ...] | None = None
    mode: Mode | None = None
    challenge: ChallengeMode | None = None
    limits: dict[str, str] | None = None
    max_text_chars: int | None = None
    is_honest: bool | None = None
    sign_in: SignIn | None = None
    trusted_pass: bool | None = None
    links_wait: bool | None = None
    edit_minutes: int | None = None
    appeal_days: int | None = None
    report_review_weight: int | None = None
    report_hide_weight: int | None = None
    second_look_percent: int | None = None
    patrol_percent: int | None = None
    retain_rejected_days: int | None = None
    retain_client_days: int | None = None
    retain_audit_days: int | None = None
    texts: dict[str, dict[str, str]] | None = None
    """Texts of the embed in the site's own words, by language and key (`domain.texts`)."""


def create(key: str, settings: SiteSettings, *, session: Session, services: Services) -> UUID:
    """Make a site: pre-moderated, with an image challenge, unless the settings say otherwise."""
    faults = faults_of(settings)
    if not is_site_key(key):
        faults.append(Fault("/key", "malformed", 64))
    if settings.origins is None:
        faults.append(Fault("/origins", "required"))
    if faults:
        raise Invalid(faults)
    defaults = SitePolicy()
    now = services.clock.now()
    site_id = services.ids.new()
    with transaction(session):
        if _exists(session, key):
            raise NameTaken
        site = Site(
            id=site_id,
            key=key,
            name=key,
            language="zh-CN",
            origins=[],
            mode=Mode.PRE,
            challenge=ChallengeMode.IMAGE,
            limits={},
            max_text_chars=1_000,
            is_honest=False,
            sign_in=defaults.sign_in,
            trusted_pass=defaults.trusted_pass,
            links_wait=defaults.links_wait,
            edit_minutes=defaults.edit_minutes,
            appeal_days=defaults.appeal_days,
            report_review_weight=defaults.report_review_weight,
            report_hide_weight=defaults.report_hide_weight,
            version=1,
            retain_rejected_days=RETAIN_REJECTED_DAYS,
            retain_client_days=RETAIN_CLIENT_DAYS,
            retain_audit_days=RETAIN_AUDIT_DAYS,
            texts={},
            second_look_percent=SECOND_LOOK_PERCENT,
            patrol_percent=PATROL_PERCENT,
            created_at=now,
        )
        _, new = _change(site, settings)
        session.add(site)
        session.flush()
        outbox.record(session, _event(EventName.SITE_CREATED, site_id, OPERATOR, {}, new), now=now)
    return site_id


def _exists(session: Session, key: str) -> bool:
    try:
        sites.find_site(session, key)
    except SiteUnknown:
        return False
    return True


def change(
    key: str,
    settings: SiteSettings,
    *,
    actor: Actor = OPERATOR,
    site_ids: Collection[UUID] | None = None,
    version: int | None = None,
    session: Session,
    services: Services,
) -> None:
    """Change a site's settings. What stays the same leaves no trace.

    `site_ids`: where the actor may do that; None for the operator. `version`: the site's version that the actor has
    read; when it has risen since, nothing is changed (`SettingsChanged`).
    """
    faults = faults_of(settings)
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    with transaction(session):
        site = sites.lock_own(session, key, site_ids)
        if version is not None and site.version != version:
            raise SettingsChanged
        old, new = _change(site, settings)
        if new:
            sites.touch_site(session, site.id)
            outbox.record(session, _event(EventName.SITE_CHANGED, site.id, actor, old, new), now=now)


def set_thread_mode(
    key: str, thread_key: str, mode: Mode | None, *, session: Session, services: Services
) -> None:
    """Override the site's mode on one thread (`closed` freezes it); None takes the override away."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, key)
        thread = sites.find_thread(session, site.id, thread_key)
        if thread is None:
            raise ThreadUnknown
        old = thread.mode
        if old is mode:
            return
        thread.mode = mode
        sites.touch_thread(session, thread.id)
        event = Event(
            name=EventName.THREAD_CHANGED,
            actor=OPERATOR,
            subject_kind="thread",
            subject_id=thread.id,
            site_id=site.id,
            old={"mode": old},
            new={"mode": mode},
        )
        outbox.record(session, event, now=now)


def _change(site: Site, settings: SiteSettings) -> tuple[dict[str, object], dict[str, object]]:
    """Put settings on a site; return what was and what is, of those that differ."""
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for name in settings.__dataclass_fields__:
        value = getattr(settings, name)
        if value is None:
            continue
        if name == "origins":
            value = list(value)
        elif name == "texts":
            value = own_texts(value)
        before = getattr(site, name)
        if before != value:
            setattr(site, name, value)
            was, now = (_texts(before), _texts(value)) if name == "texts" else ({name: before}, {name: value})
            old |= {key: text for key, text in was.items() if now.get(key) != text}
            new |= {key: text for key, text in now.items() if was.get(key) != text}
    return old, new


def _texts(texts: dict[str, dict[str, str]]) -> dict[str, object]:
    """Name each text by itself, so that the audit tells which one has changed."""
    return {f"text:{language}:{key}": text for language, own in texts.items() for key, text in own.items()}


def faults_of(settings: SiteSettings) -> list[Fault]:
    """List every fault of settings, in the order of the form."""
    faults = []
    if settings.name is not None:
        faults += (
            faults_of_string("/name", settings.name, 120, is_line=True)
            if settings.name.strip()
            else [Fault("/name", "blank")]
        )
    if settings.language is not None and settings.language not in LANGUAGES:
        faults.append(Fault("/language", "unknown"))
    if settings.origins is not None and not settings.origins:
        faults.append(Fault("/origins", "required"))
    faults += [
        Fault("/origins", "not-an-origin") for origin in settings.origins or () if not _is_origin(origin)
    ]
    for name, grammar in (settings.limits or {}).items():
        if name not in _LIMIT_NAMES:
            faults.append(Fault(f"/limits/{name}", "unknown"))
        elif not _LIMIT_GRAMMAR.fullmatch(grammar):
            faults.append(Fault(f"/limits/{name}", "malformed"))
    if settings.max_text_chars is not None and not 1 <= settings.max_text_chars <= MAX_TEXT_CHARS:
        faults.append(Fault("/max_text_chars", "out-of-range", MAX_TEXT_CHARS))
    percents = dict.fromkeys(("second_look_percent", "patrol_percent"), (0, MAX_PERCENT))
    for name, (least, most) in (percents | RETAINED_DAYS | OBJECTION_BOUNDS).items():
        value = getattr(settings, name)
        if value is not None and not least <= value <= most:
            faults.append(Fault(f"/{name}", "out-of-bounds", most))
    return faults + faults_of_texts(settings.texts or {})


def _is_origin(origin: str) -> bool:
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return False
    port = int(found["port"] or 0)
    return port <= 65_535 and port != _DEFAULT_PORTS[found["scheme"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSite:
    """A site in a list."""

    id: UUID
    key: str
    name: str
    language: str
    origins: tuple[str, ...]
    mode: Mode
    challenge: ChallengeMode
    limits: dict[str, object]
    max_text_chars: int
    is_honest: bool
    sign_in: SignIn
    trusted_pass: bool
    links_wait: bool
    edit_minutes: int
    appeal_days: int
    report_review_weight: int
    report_hide_weight: int
    second_look_percent: int
    patrol_percent: int
    retain_rejected_days: int
    retain_client_days: int
    retain_audit_days: int
    texts: dict[str, dict[str, str]]
    version: int
    is_frozen: bool
    is_held: bool
    has_rules: bool
    created_at: datetime


def list_all(*, session: Session) -> list[ListedSite]:
    """Return every site, by key."""
    with reading(session):
        with_rules = rulesets.sites_with_rules(session)
        return [_listed(site, with_rules) for site in sites.all_sites(session)]


def find(key: str, *, site_ids: Collection[UUID] | None = None, session: Session) -> ListedSite:
    """Return one site, of these if they are given. Raises `SiteUnknown`."""
    with reading(session):
        return _listed(sites.find_own(session, key, site_ids), rulesets.sites_with_rules(session))


def listed(site_ids: Collection[UUID], *, session: Session) -> list[ListedSite]:
    """Return these sites, by key."""
    with reading(session):
        with_rules = rulesets.sites_with_rules(session)
        return [_listed(site, with_rules) for site in sites.all_sites(session) if site.id in site_ids]


MOST_OVERRIDES = 200


def overrides(site_id: UUID, *, session: Session) -> list[Override]:
    """Return the threads of a site that have a mode of their own."""
    with reading(session):
        return threads.overrides(session, site_id, most=MOST_OVERRIDES)


def last_change(site_id: UUID, *, session: Session) -> Changed | None:
    """Return who changed a site's settings last, and when."""
    with reading(session):
        return sites.last_change(session, site_id)


def _listed(site: Site, with_rules: Collection[UUID]) -> ListedSite:
    return ListedSite(
        id=site.id,
        key=site.key,
        name=site.name,
        language=site.language,
        origins=tuple(site.origins),
        mode=site.mode,
        challenge=site.challenge,
        limits=site.limits,
        max_text_chars=site.max_text_chars,
        is_honest=site.is_honest,
        sign_in=site.sign_in,
        trusted_pass=site.trusted_pass,
        links_wait=site.links_wait,
        edit_minutes=site.edit_minutes,
        appeal_days=site.appeal_days,
        report_review_weight=site.report_review_weight,
        report_hide_weight=site.report_hide_weight,
        second_look_percent=site.second_look_percent,
        patrol_percent=site.patrol_percent,
        retain_rejected_days=site.retain_rejected_days,
        retain_client_days=site.retain_client_days,
        retain_audit_days=site.retain_audit_days,
        texts=site.texts,
        version=site.version,
        is_frozen=site.frozen_at is not None,
        is_held=site.held_at is not None,
        has_rules=site.id in with_rules,
        created_at=site.created_at,
    )


def _event(
    name: EventName, site_id: UUID, actor: Actor, old: dict[str, object], new: dict[str, object]
) -> Event:
    return Event(
        name=name, actor=actor, subject_kind="site", subject_id=site_id, site_id=site_id, old=old, new=new
    )
