"""How a view answers: a whole page, a swap for htmx, or a redirect; and what every template may use."""

from typing import Any, Final
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for

from moderation.console import blueprint, marks, times, wording
from moderation.domain.account import Permission
from moderation.domain.review import SENIOR_STATES
from moderation.flows import desk
from moderation.rules.explain import Language
from moderation.web import auth, context, headers, languages

HOME: Final = "console.queue"


def is_swap() -> bool:
    """Say whether htmx asks for a fragment."""
    is_restored = request.headers.get("HX-History-Restore-Request") == "true"  # that wants the whole page
    return request.headers.get("HX-Request") == "true" and not is_restored


def is_call() -> bool:
    """Say whether a script of the desk asks, which wants values instead of a page."""
    return request.accept_mimetypes.best == "application/json"


def page(template: str, *, status: int = 200, **values: object) -> Response:
    """Render a page or fragment for somebody signed in, with what stands beside it."""
    return bare(template, status=status, **around(needs_last=True, **values))


def around(*, needs_last: bool, **values: object) -> dict[str, Any]:
    """Return what templates use on every page of somebody signed in, besides their own values.

    `needs_last` says whether the line of the last decision will be among them.
    """
    visitor, reviewer = auth.visitor(), auth.reviewer()
    side = desk.side(
        reviewer.site_ids,
        visitor.account_id,
        since=times.midnight(),
        needs_last=needs_last,
        session=context.session(),
    )
    return {"side": side, "me": visitor, "reviewer": reviewer, "now": times.now(), **values}


def bare(template: str, *, status: int = 200, **values: object) -> Response:
    """Render a page for anybody: it asks the database nothing."""
    return make_response(render_template(f"console/{template}", **values), status)


def see(address: str) -> Response:
    """Send the browser on, after a form or because it must sign in first."""
    if is_swap():
        return Response(headers={"HX-Redirect": address})
    response = redirect(address, 303)
    assert isinstance(response, Response)  # noqa: S101 - Flask's own class, which Werkzeug's signature hides
    return response


def inside(address: str) -> str:
    """Return an address if it lies on the desk, else the queue: nobody is sent elsewhere from here."""
    parts = urlsplit(address)
    is_path = address.isprintable() and "\\" not in address and ".." not in address
    if is_path and address.startswith("/console/") and not parts.netloc and not parts.scheme:
        return address
    return url_for(HOME)


def explained_in() -> Language:
    """Return the present language as the rules name it."""
    return "zh" if languages.tag() == "zh-CN" else "en"


def may(permission: str) -> bool:
    """Say whether whoever is signed in has a permission on any site."""
    return bool(auth.visitor().sites_with(Permission(permission)))


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "language": languages.tag(),
        "other_language": "en" if languages.tag() == "zh-CN" else "zh-CN",
        "explained_in": explained_in(),
        "words": wording,
        "pieces": marks.pieces,
        "hints": marks.hints,
        "badges": marks.badges,
        "named": marks.named,
        "underline_of": marks.underline_of,
        "is_undoable": desk.is_undoable,
        "senior_states": SENIOR_STATES,
        "may": may,
    }


@blueprint.after_request
def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", headers.PAGE_POLICY)
    response.headers.add("Vary", "HX-Request, Accept")
    return response
