"""Try a text against the rules in force or a draft: nothing is stored."""

from flask import Response

from moderation.console import blueprint, pages, rule_sites
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/rules/<site_key>/try")
@permission(Permission.REVIEW)
def rule_try(site_key: str) -> Response:
    """Show the form."""
    return pages.page("rule_try.html", site_key=rule_sites.permitted(site_key))
