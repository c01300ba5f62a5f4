"""Own data: what the holder of a token has left on a site, as a copy, and erased."""

from flask import Response

from moderation.api import blueprint
from moderation.api.models import ErasureRequest
from moderation.domain.account import Permission
from moderation.domain.errors import Fault, Invalid
from moderation.flows import own_data
from moderation.web import bodies, callers, context, doors, headers, writers
from moderation.web.auth import permission


@blueprint.get("/sites/<site_key>/own-data")
@permission(Permission.PUBLIC)
@doors.limited
def export_own_data(site_key: str) -> Response:
    """Return everything that the holder of the token has left on this site."""
    writer = writers.known_writer(site_key)
    found = own_data.export(site_key, writer=writer, session=context.session(), services=context.services())
    response = bodies.json(found)
    response.headers["Content-Disposition"] = 'attachment; filename="own-data.json"'
    return response


@blueprint.post("/sites/<site_key>/own-data/erasure")
@permission(Permission.PUBLIC)
@doors.limited
def erase_own_data(site_key: str) -> Response:
    """Erase everything that the holder of the token has left on this site."""
    body = bodies.decode(ErasureRequest)
    if not body.confirm:
        raise Invalid([Fault("/confirm", "required")])
    erased = own_data.erase(
        site_key,
        writer=writers.known_writer(site_key),
        caller=callers.caller(),
        session=context.session(),
        services=context.services(),
    )
    return bodies.json(erased)


@blueprint.route("/sites/<site_key>/own-data", methods=["OPTIONS"])
@blueprint.route("/sites/<site_key>/own-data/erasure", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def own_data_preflight(site_key: str) -> Response:
    """Tell a browser that a page of this site may ask for its reader's data."""
    return headers.preflight(site_key)
