"""Who may call: every route declares a permission; the console's session is looked up on the server.

Flask-Login carries our session token in Flask's signed cookie; the token's row decides whether it is worth
anything, so that a session can be ended from here.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request, session
from flask_login import UserMixin, current_user, login_user, logout_user

from moderation.domain.account import Permission
from moderation.domain.errors import NotPermitted
from moderation.extensions import login
from moderation.flows import accounts
from moderation.flows.accounts import SessionLife, SignedIn
from moderation.flows.review import Reviewer
from moderation.settings import Settings
from moderation.web import context

View = TypeVar("View", bound=Callable[..., Any])
UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ATTRIBUTE: Final = "moderation_permission"


class NotSignedIn(NotPermitted):
    """The route needs a person, and nobody is signed in."""


class CrossSite(NotPermitted):
    """A write to the console that did not come from the console (CSRF)."""


class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """A signed-in person as Flask-Login carries it: its id is the session's token."""

    def __init__(self, token: str, signed_in: SignedIn) -> None:
        self.token = token
        self.signed_in = signed_in

    def get_id(self) -> str:
        """Return what the cookie keeps."""
        return self.token


def permission(needed: Permission) -> Callable[[View], View]:
    """Declare what a view needs. A route without a declaration answers nobody; a test finds it."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, needed)
        return view

    return declare


def permission_of(view: Callable[..., Any]) -> Permission | None:
    """Return what a view declares."""
    declared: Permission | None = getattr(view, _ATTRIBUTE, None)
    return declared


def register(app: Flask) -> None:
    """Guard every route of this app."""
    # Not `login.init_app`: its hooks look into the cookie at every request, and a public page that varies by cookie
    # can be kept by no shared cache.
    app.login_manager = login  # type: ignore[attr-defined]
    login.session_protection = None  # the row on the server is the session; an address may change under it
    login.user_loader(_load)
    app.before_request(_guard)


def session_life(settings: Settings) -> SessionLife:
    """Return how long a sign-in lasts."""
    return SessionLife(
        absolute=timedelta(hours=settings.session_hours),
        idle=timedelta(minutes=settings.session_idle_minutes),
    )


def _load(token: str) -> Visitor | None:
    signed_in = accounts.find_signed_in(
        token,
        life=session_life(context.settings()),
        session=context.session(),
        services=context.services(),
    )
    return None if signed_in is None else Visitor(token, signed_in)


def _guard() -> None:
    """Let a request through to its view only with the permission that the view declares."""
    if request.endpoint is None:
        return
    needed = permission_of(current_app.view_functions[request.endpoint])
    if needed is None:
        raise NotPermitted
    if needed is Permission.PUBLIC:
        return
    if not current_user.is_authenticated:
        raise NotSignedIn
    if needed is not Permission.SIGNED_IN and not visitor().sites_with(needed):
        raise NotPermitted
    if request.method in UNSAFE:
        refuse_cross_site()


def refuse_cross_site() -> None:
    """Refuse a write that another site's page sent with our cookie.

    Browsers say where a request comes from in Sec-Fetch-Site; older ones in Origin. A request that says neither
    did not come from a browser's form and has no business with a session cookie.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            raise CrossSite
        return
    if request.headers.get("Origin") != context.own_origin():
        raise CrossSite


def visitor() -> SignedIn:
    """Return who is signed in."""
    signed_in: SignedIn = current_user.signed_in
    return signed_in


def reviewer() -> Reviewer:
    """Return who is signed in, as one who reviews."""
    signed_in = visitor()
    return Reviewer(
        account_id=signed_in.account_id,
        name=signed_in.name,
        site_ids=signed_in.sites_with(Permission.REVIEW),
        senior_site_ids=signed_in.sites_with(Permission.SENIOR_REVIEW),
    )


def sign_in(login_name: str, password: str) -> None:
    """Open a session in this browser. Raises `SignInFailed`."""
    life = session_life(context.settings())
    token = accounts.sign_in(
        login_name, password, life=life, session=context.session(), services=context.services()
    )
    session.clear()  # nothing from before the sign-in survives it (session fixation)
    loaded = _load(token)
    assert loaded is not None  # noqa: S101 - it was opened one line up
    login_user(loaded)


def sign_out() -> None:
    """End this browser's session, here and on the server."""
    accounts.sign_out(current_user.token, session=context.session(), services=context.services())
    logout_user()
    session.clear()
