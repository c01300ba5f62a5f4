"""Reports: make one."""

from uuid import UUID

from flask import Response, request

from moderation.api import blueprint
from moderation.api.models import ReportAnswer, ReportRequest
from moderation.domain.account import Permission
from moderation.extensions import client
from moderation.flows import reporting
from moderation.flows.reporting import Complaint
from moderation.web import bodies, context, doors, headers
from moderation.web.auth import permission
from moderation.web.receipts import link
from moderation.web.writers import writer


@blueprint.post("/sites/<site_key>/comments/<uuid:comment_id>/reports")
@permission(Permission.PUBLIC)
@doors.limited
def report_comment(site_key: str, comment_id: UUID) -> Response:
    """Take a report: 201, or 200 with the first receipt for a reader who has reported this comment before."""
    body = bodies.decode(ReportRequest)
    complaint = Complaint(
        site_key=site_key,
        comment_id=comment_id,
        reason=body.reason,
        note=body.note,
        origin=request.headers.get("Origin"),
        client=client(),
    )
    made = reporting.report(
        complaint, writer=writer(site_key), session=context.session(), services=context.services()
    )
    answer = ReportAnswer(receipt=link(site_key, made.code))
    return bodies.json(answer, 201 if made.is_new else 200)


@blueprint.route("/sites/<site_key>/comments/<uuid:comment_id>/reports", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def report_preflight(site_key: str, comment_id: UUID) -> Response:  # noqa: ARG001 - it stands in the address
    """Tell a browser that a page of this site may ask."""
    return headers.preflight(site_key)
