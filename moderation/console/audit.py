"""The audit: who did what to what, when and why."""

from flask import Response, request

from moderation.console import blueprint, forms, pages
from moderation.domain.account import Permission
from moderation.flows import desk
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/audit")
@permission(Permission.AUDIT)
def audit() -> Response:
    """Show a page of events, the latest first."""
    events = desk.audit_page(
        auth.visitor().sites_with(Permission.AUDIT),
        before=forms.before(),
        name=forms.event_name(),
        subject_id=forms.subject(),
        session=context.session(),
    )
    return pages.page("audit.html", events=events, asked=request.args)
