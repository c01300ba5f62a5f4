"""The page of a receipt: what became of a comment or a report, and what its holder may do about it."""

from flask import Response, render_template

from moderation.domain.account import Permission
from moderation.embed import blueprint
from moderation.extensions import client
from moderation.flows import receipts
from moderation.web import context
from moderation.web.auth import permission


@blueprint.get("/embed/v1/<site_key>/receipts/<code>")
@permission(Permission.PUBLIC)
def receipt(site_key: str, code: str) -> Response:
    """Say what became of what a receipt is for."""
    found = receipts.look_up(
        site_key, code, client=client(), session=context.session(), services=context.services()
    )
    return Response(render_template("receipt.html", found=found), mimetype="text/html")
