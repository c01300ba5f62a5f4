"""Whose rules a page is about: the site of its address, if the visitor may; and the tabs of that site."""

from dataclasses import dataclass
from typing import Final

from flask import current_app, url_for

from moderation.console import blueprint
from moderation.domain.account import Permission
from moderation.domain.errors import NotPermitted, SiteUnknown
from moderation.domain.events import Actor, ActorKind
from moderation.web import auth
from moderation.web.languages import lazy_gettext

_TABS: Final = (
    ("console.rules_of", lazy_gettext("Active rules")),
    ("console.rule_versions", lazy_gettext("Versions and drafts")),
    ("console.rule_try", lazy_gettext("Try")),
    ("console.replays", lazy_gettext("Replay")),
    ("console.shadow", lazy_gettext("Shadow")),
    ("console.suggestions", lazy_gettext("Suggestions")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a site's rules."""

    endpoint: str
    address: str
    name: str


def permitted(site_key: str, needed: Permission = Permission.REVIEW) -> str:
    """Return the key of a site on which the visitor has a permission.

    A site he does not review is unknown to him (`SiteUnknown`); one he does, but may not do this on, is `NotPermitted`.
    """
    visitor = auth.visitor()
    ids = [site_id for site_id, (key, _) in visitor.roles.items() if key == site_key]
    if not ids or ids[0] not in visitor.sites_with(Permission.REVIEW):
        raise SiteUnknown
    if ids[0] not in visitor.sites_with(needed):
        raise NotPermitted
    return site_key


def actor() -> Actor:
    """Return who is signed in, as the audit names him."""
    return Actor(ActorKind.ACCOUNT, auth.visitor().account_id)


def may_on(site_key: str, needed: str) -> bool:
    """Say whether the visitor has a permission on a site."""
    visitor = auth.visitor()
    return any(visitor.roles[site_id][0] == site_key for site_id in visitor.sites_with(Permission(needed)))


def keys() -> list[str]:
    """List the keys of the sites whose rules the visitor may read."""
    visitor = auth.visitor()
    return sorted(visitor.roles[site_id][0] for site_id in visitor.sites_with(Permission.REVIEW))


@blueprint.app_template_global("rule_tabs")
def tabs(site_key: str) -> list[Tab]:
    """List the pages of a site's rules."""
    return [
        Tab(endpoint, url_for(endpoint, site_key=site_key), str(name))
        for endpoint, name in _TABS
        if endpoint in current_app.view_functions
    ]


blueprint.add_app_template_global(may_on, "may_on")


@blueprint.app_template_global("may_other_sites")
def _has_others() -> bool:
    return len(keys()) > 1
