"""The rules desk: the rules in force with what became of their hits, the versions, what each would change."""

from typing import Any

from flask import Response, flash, url_for

from moderation.console import blueprint, pages, rule_forms, rule_sites
from moderation.domain.account import Permission
from moderation.flows import rule_pages, rulesets
from moderation.web import context
from moderation.web.auth import permission
from moderation.web.languages import gettext


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
    """Show the rules in force, those with the most hits first."""
    wanted, order = rule_forms.rule_filter(), rule_forms.order("-hits")
    found = rule_pages.rule_page(
        rule_sites.permitted(site_key),
        None,
        wanted,
        order,
        page=rule_forms.page(),
        session=context.session(),
        services=context.services(),
    )
    return pages.page("rules_active.html", site_key=site_key, found=found, wanted=wanted, order=order)


@blueprint.get("/rules/<site_key>/versions")
@permission(Permission.REVIEW)
def rule_versions(site_key: str) -> Response:
    """Show the versions of a site, and start a draft."""
    found = rule_pages.versions(
        rule_sites.permitted(site_key), before=rule_forms.before(), session=context.session()
    )
    return pages.page("rule_versions.html", site_key=site_key, versions=found)


@blueprint.get("/rules/<site_key>/<int:number>")
@permission(Permission.REVIEW)
def rule_version(site_key: str, number: int) -> Response:
    """Show one version beside the one in force, and what the linter says of it."""
    return pages.page("rule_version.html", **_compared(site_key, number))


@blueprint.get("/rules/<site_key>/<int:number>/activate")
@permission(Permission.CONFIGURE)
def rule_activation(site_key: str, number: int) -> Response:
    """Say what activating a version would change, and ask."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    return pages.page("rule_confirm.html", act="activate", **_compared(site_key, number))


@blueprint.post("/rules/<site_key>/<int:number>/activate")
@permission(Permission.CONFIGURE)
def activate_rules(site_key: str, number: int) -> Response:
    """Put a version in force; also back to an earlier one."""
    version = rulesets.activate(
        rule_sites.permitted(site_key, Permission.CONFIGURE),
        number,
        edition=rule_forms.edition(),
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    flash(
        gettext("Version %(number)d is in force: %(rules)d rules.", number=number, rules=version.rule_count)
    )
    return pages.see(url_for("console.rules_of", site_key=site_key))


@blueprint.get("/rules/<site_key>/<int:number>/<any(retire, discard):act>")
@permission(Permission.CONFIGURE)
def rule_farewell(site_key: str, number: int, act: str) -> Response:
    """Ask before a version is taken out of force, or a draft is thrown away."""
    found = rule_pages.version(
        rule_sites.permitted(site_key, Permission.CONFIGURE), number, session=context.session()
    )
    return pages.page("rule_confirm.html", act=act, site_key=site_key, version=found, found=None)


@blueprint.post("/rules/<site_key>/<int:number>/retire")
@permission(Permission.CONFIGURE)
def retire_rules(site_key: str, number: int) -> Response:
    """Take the active version out of force."""
    rulesets.retire(
        rule_sites.permitted(site_key, Permission.CONFIGURE),
        number,
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    flash(gettext("Version %(number)d is retired. This site has no rules now.", number=number))
    return pages.see(url_for("console.rule_versions", site_key=site_key))


@blueprint.post("/rules/<site_key>/<int:number>/discard")
@permission(Permission.CONFIGURE)
def discard_rules(site_key: str, number: int) -> Response:
    """Throw a draft away."""
    rulesets.discard(
        rule_sites.permitted(site_key, Permission.CONFIGURE),
        number,
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    flash(gettext("Draft %(number)d is discarded.", number=number))
    return pages.see(url_for("console.rule_versions", site_key=site_key))


def _compared(site_key: str, number: int) -> dict[str, Any]:
    found = rule_pages.difference(
        rule_sites.permitted(site_key),
        number,
        page=rule_forms.page(),
        is_linted=rule_forms.is_linted(),
        session=context.session(),
        services=context.services(),
    )
    return {"site_key": site_key, "found": found, "version": found.version}
