"""What operators and their machines ask: is the process alive, can it serve, what does a problem mean."""

from flask import Blueprint, Response
from markupsafe import Markup, escape

from moderation.domain.account import Permission
from moderation.domain.errors import NotFound, Unavailable
from moderation.extensions import schema_head
from moderation.flows import health
from moderation.web import bodies, context, problems
from moderation.web.auth import permission

blueprint = Blueprint("operations", __name__)


@blueprint.get("/livez")
@permission(Permission.PUBLIC)
def live() -> Response:
    """Say that this process answers; nothing else is asked."""
    return bodies.json({"status": "alive"})


@blueprint.get("/readyz")
@permission(Permission.PUBLIC)
def ready() -> Response:
    """Say whether this process can serve: its database answers and stands at the schema this code needs."""
    found = health.look(session=context.session())
    if found.schema != schema_head():
        raise Unavailable
    return bodies.json({"status": "ready"})


@blueprint.get("/problems/<slug>")
@permission(Permission.PUBLIC)
def problem(slug: str) -> Response:
    """Document a type of problem, for whoever follows its `type`."""
    kind = problems.BY_SLUG.get(slug)
    if kind is None:
        raise NotFound
    page = Markup(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{slug}</title><h1>{title}</h1>"
    ).format(slug=kind.slug, title=kind.title) + Markup("<p>{advice}</p><p>HTTP status {status}</p>").format(
        advice=escape(kind.advice), status=kind.status
    )
    response = Response(page, mimetype="text/html")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
