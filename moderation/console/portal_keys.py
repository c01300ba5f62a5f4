"""Keys of sign-in: under which a site's portal signs who its reader is. For owners."""

from flask import Response, url_for

from moderation.console import blueprint, pages, site_wording
from moderation.domain.account import Permission
from moderation.flows import portal_keys, sites
from moderation.flows.portal_keys import AddedKey
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/settings/<site_key>/sign-in")
@permission(Permission.CONFIGURE)
def site_sign_in(site_key: str) -> Response:
    """Show a site's keys, without their secrets."""
    return _show(site_key)


@blueprint.post("/settings/<site_key>/sign-in")
@permission(Permission.CONFIGURE)
def add_portal_key(site_key: str) -> Response:
    """Add a key and show its secret, this once: no address leads here again."""
    added = portal_keys.add(
        site_key,
        actor=auth.reviewer().actor,
        site_ids=auth.visitor().sites_with(Permission.CONFIGURE),
        session=context.session(),
        services=context.services(),
    )
    return _show(site_key, added=added)


@blueprint.post("/settings/<site_key>/sign-in/<key_id>/retire")
@permission(Permission.CONFIGURE)
def retire_portal_key(site_key: str, key_id: str) -> Response:
    """Refuse a key's tokens from now on."""
    portal_keys.retire(
        site_key,
        key_id,
        actor=auth.reviewer().actor,
        site_ids=auth.visitor().sites_with(Permission.CONFIGURE),
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.site_sign_in", site_key=site_key))


def _show(site_key: str, *, added: AddedKey | None = None) -> Response:
    site_ids = auth.visitor().sites_with(Permission.CONFIGURE)
    session = context.session()
    return pages.page(
        "settings_sign_in.html",
        site=sites.find(site_key, site_ids=site_ids, session=session),
        keys=portal_keys.listed(site_key, site_ids=site_ids, session=session),
        added=added,
        said=site_wording,
    )
