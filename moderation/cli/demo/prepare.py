"""What stands ready when the demo opens: schema, site, rules, two accounts, comments with a past."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

from flask import Flask

from moderation import rules
from moderation.cli import migrate
from moderation.cli.application import FACTORY
from moderation.cli.demo.portal import ARTICLES
from moderation.cli.demo.sample import load_sample
from moderation.cli.demo.state import State
from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.extensions import db
from moderation.flows import accounts, rulesets, seeding, sites
from moderation.flows.accounts import NewAccount
from moderation.flows.seeding import Seed
from moderation.flows.sites import SiteSettings
from moderation.settings import Settings
from moderation.web import context

SITE = "demo"
MODERATOR, OWNER = "moderator", "owner"
STEPS_PER_COMMENT = 2


def step_count() -> int:
    """Return how many steps of progress a first start takes."""
    return STEPS_PER_COMMENT * len(load_sample())


def prepare(
    environment: Mapping[str, str],
    state: State,
    *,
    portal: str,
    origins: Sequence[str],
    on_step: Callable[[], object],
) -> None:
    """Make everything at the first start; later bring the schema and the portal's origins up to date."""
    create: Callable[[Settings], Flask] = pkgutil.resolve_name(FACTORY)
    with create(Settings.read(environment)).app_context():
        try:
            migrate.upgrade()
            migrate.recompile()
            if state.is_ready:
                _set_origins(origins)
            else:
                _make_site(origins)
                moderator = _make_accounts(state)
                _seed(moderator=moderator, portal=portal, on_step=on_step)
        finally:
            db.session.remove()
            db.engine.dispose()


def _set_origins(origins: Sequence[str]) -> None:
    """Let the portal in at the port it has this time."""
    changed = SiteSettings(origins=tuple(origins))
    sites.change(SITE, changed, session=context.session(), services=context.services())


def _make_site(origins: Sequence[str]) -> None:
    session, services = context.session(), context.services()
    settings = SiteSettings(name="沁湾在线", origins=tuple(origins))
    sites.create(SITE, settings, session=session, services=services)
    written = list(chain.from_iterable(rules.pack_rules(pack.name) for pack in rules.packs()))
    version = rulesets.import_rules(SITE, "starter packs", written, session=session, services=services)
    rulesets.activate(SITE, version.number, session=session, services=services)


def _make_accounts(state: State) -> UUID:
    session, services = context.session(), context.services()
    owner = NewAccount(
        login=OWNER, name="站长", password=state.owner_password, role=Role.OWNER, site_key=SITE
    )
    accounts.create(owner, session=session, services=services)
    moderator = NewAccount(
        login=MODERATOR,
        name="审核员小林",
        password=state.moderator_password,
        role=Role.MODERATOR,
        site_key=SITE,
    )
    return accounts.create(moderator, session=session, services=services)


def _seed(*, moderator: UUID, portal: str, on_step: Callable[[], object]) -> None:
    session, services = context.session(), context.services()
    seeding.seed(
        SITE,
        _seeds(portal, services.clock.now()),
        decided_by=moderator,
        on_step=on_step,
        session=session,
        services=services,
    )
    for article in ARTICLES:
        if article.is_closed:
            sites.set_thread_mode(SITE, article.thread, Mode.CLOSED, session=session, services=services)


def _seeds(portal: str, now: datetime) -> list[Seed]:
    articles = {article.thread: article for article in ARTICLES}
    return [
        Seed(
            thread_key=one.thread,
            thread_title=articles[one.thread].title,
            thread_url=f"{portal}/articles/{articles[one.thread].slug}",
            nickname=one.nickname,
            text=one.text,
            created_at=now - one.age,
            status=Status(one.status),
            reason=None if one.reason is None else Reason(one.reason),
            reply_to=one.reply_to,
        )
        for one in load_sample()
    ]
