"""The rules desk: the rules in force with what became of their hits, and the versions of a site."""

from flask import Response, url_for

from moderation.console import blueprint, pages, rule_sites
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/rules")
@permission(Permission.REVIEW)
def rules() -> Response:
    """Choose a site; who has only one is sent to it."""
    keys = rule_sites.keys()
    if len(keys) == 1:
        return pages.see(url_for("console.rules_of", site_key=keys[0]))
    return pages.page("rules.html", site_keys=keys)


@blueprint.get("/rules/<site_key>")
@permission(Permission.REVIEW)
def rules_of(site_key: str) -> Response:
    """Show the rules in force."""
    return pages.page("rules_active.html", site_key=rule_sites.permitted(site_key))


@blueprint.get("/rules/<site_key>/versions")
@permission(Permission.REVIEW)
def rule_versions(site_key: str) -> Response:
    """Show the versions of a site, drafts first."""
    return pages.page("rule_versions.html", site_key=rule_sites.permitted(site_key))


@blueprint.get("/rules/<site_key>/<int:number>")
@permission(Permission.REVIEW)
def rule_version(site_key: str, number: int) -> Response:
    """Show one version beside the one in force."""
    return pages.page("rule_version.html", site_key=rule_sites.permitted(site_key), number=number)
