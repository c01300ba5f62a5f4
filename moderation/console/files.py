"""The desk's own files: stylesheet, script, htmx. Their address carries their hash, so that browsers may keep them."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Response, send_from_directory, url_for
from werkzeug.exceptions import NotFound

from moderation.console import blueprint
from moderation.domain.account import Permission
from moderation.web.auth import permission

FOLDER: Final = Path(__file__).parent / "static"
HTMX: Final = "vendor/htmx-2.0.11/htmx.min.js"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@blueprint.get("/static/<path:name>")
@permission(Permission.PUBLIC)
def static(name: str) -> Response:
    """Serve a file of the desk; for a year, since another content has another address."""
    response = send_from_directory(FOLDER, name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.app_template_global("console_file")
def address(name: str) -> str:
    """Return the address of a file, with its hash."""
    return url_for("console.static", name=name, v=_hash(name))


@cache
def _hash(name: str) -> str:
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@blueprint.route("/<path:_rest>", methods=METHODS)
@permission(Permission.PUBLIC)
def nowhere(_rest: str) -> Response:
    """Answer unknown addresses under /console with the desk's own page instead of the API's JSON."""
    raise NotFound
