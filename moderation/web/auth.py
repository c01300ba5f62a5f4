"""Who may call: every route declares a permission; the console's session is looked up on the server.

Flask-Login carries our session token in Flask's signed cookie; the token's row decides whether it is worth
anything, so that a session can be ended from here.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request, session
from flask_login import UserMixin, current_user, login_user, logout_user

from moderation.domain.account import Asked, Opened, Permission, Role, SessionLife
from moderation.domain.browser import name_of_browser
from moderation.domain.errors import NotPermitted
from moderation.extensions import login
from moderation.flows import accounts
from moderation.flows.accounts import SignedIn
from moderation.flows.review import Reviewer
from moderation.settings import Settings
from moderation.web import context, known_browser

View = TypeVar("View", bound=Callable[..., Any])
UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ATTRIBUTE: Final = "moderation_permission"
_BEFORE_SECOND_FACTOR: Final = "moderation_before_second_factor"
_STEP: Final = "step"


class NotSignedIn(NotPermitted):
    """The route needs a person, and nobody is signed in."""


class SecondFactorMissing(NotPermitted):
    """This installation asks everybody with this role for a second factor, and this account has none yet."""


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


def before_second_factor(view: View) -> View:
    """Leave a view open to whoever must set up a second factor first."""
    setattr(view, _BEFORE_SECOND_FACTOR, True)
    return view


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
    view = current_app.view_functions[request.endpoint]
    needed = permission_of(view)
    if needed is None:
        raise NotPermitted
    if needed is Permission.PUBLIC:
        return
    if not current_user.is_authenticated:
        raise NotSignedIn
    if must_set_up_second_factor() and not hasattr(view, _BEFORE_SECOND_FACTOR):
        raise SecondFactorMissing
    if needed is not Permission.SIGNED_IN and not visitor().sites_with(needed):
        raise NotPermitted
    if request.method in UNSAFE:
        refuse_cross_site()


def must_set_up_second_factor() -> bool:
    """Say whether this installation demands a second factor of the visitor, who has none."""
    if visitor().has_second_factor:
        return False
    match context.settings().require_totp:
        case "all":
            return True
        case "owners":
            return any(role is Role.OWNER for _, role in visitor().roles.values())
        case _:
            return False


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


def browser() -> str:
    """Return a coarse name of the browser that asks."""
    return name_of_browser(request.headers.get("User-Agent", ""))


def count_attempt(purpose: str, login_name: str) -> None:
    """Count one guess at somebody's password or code. Raises `TooMany`."""
    accounts.spend_attempt(
        purpose,
        login_name,
        known_browser=known_browser.read(login_name),
        limit=context.settings().login_limit,
        services=context.services(),
    )


def sign_in(login_name: str, password: str) -> bool:
    """Check a password; say whether a session is open, or else a code awaited. Raises `SignInFailed`, `TooMany`."""
    count_attempt("sign-in", login_name)
    entered = accounts.sign_in(
        login_name,
        password,
        life=session_life(context.settings()),
        browser=browser(),
        session=context.session(),
        services=context.services(),
    )
    return enter(entered)


def enter(entered: Opened | Asked) -> bool:
    """Put what a sign-in gave into this browser; say whether that is a session."""
    session.clear()  # nothing from before the sign-in survives it (session fixation)
    if isinstance(entered, Asked):
        session[_STEP] = entered.step
        return False
    take_session(entered.token)
    return True


def take_session(token: str) -> None:
    """Make a session this browser's, in place of the one it had."""
    loaded = _load(token)
    assert loaded is not None  # noqa: S101 - it was opened a moment ago
    login_user(loaded)
    known_browser.remember(loaded.signed_in.login)


def step() -> str:
    """Return the token of this browser's sign-in that awaits a code; empty when there is none."""
    return str(session.get(_STEP, ""))


def sign_out() -> None:
    """End this browser's session, here and on the server."""
    accounts.sign_out(current_user.token, session=context.session(), services=context.services())
    logout_user()
    session.clear()
