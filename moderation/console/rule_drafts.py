"""Drafts of rules: made, edited rule by rule, with the faults at their fields."""

from flask import Response

from moderation.console import blueprint, pages, rule_sites
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/rules/<site_key>/<int:number>/edit")
@permission(Permission.REVIEW)
def rule_draft(site_key: str, number: int) -> Response:
    """Show the rules of a draft, to be edited."""
    return pages.page("rule_draft.html", site_key=rule_sites.permitted(site_key), number=number)
