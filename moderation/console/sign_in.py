"""Sign in, with a code where one is asked for; sign out, choose a language."""

from typing import Final

from flask import Response, request, session, url_for
from flask_login import current_user

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.domain.errors import SignInFailed, StepOver
from moderation.flows import accounts, second_factor
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.doors import limited_sign_in

_NEXT: Final = "next"
_MOST_SHOWN: Final = 64


@blueprint.get("/sign-in")
@permission(Permission.PUBLIC)
def sign_in_page() -> Response:
    """Show the form, unless somebody is signed in already."""
    if current_user.is_authenticated:
        return pages.see(pages.inside(request.args.get("next", "")))
    return _form(next_page=request.args.get("next", ""), is_over="over" in request.args)


def _form(*, next_page: str, status: int = 200, **told: object) -> Response:
    return pages.bare("sign_in.html", status=status, next=next_page, login=told.pop("login", ""), **told)


@blueprint.post("/sign-in")
@permission(Permission.PUBLIC)
@limited_sign_in
def sign_in() -> Response:
    """Check the password. The guard checks writes of signed-in people only, so the origin is checked here."""
    auth.refuse_cross_site()
    is_in = auth.sign_in(request.form.get("login", "").strip(), request.form.get("password", ""))
    wanted = pages.inside(request.form.get("next", ""))
    return pages.see(wanted) if is_in else ask_for_code(wanted)


def ask_for_code(wanted: str) -> Response:
    """Lead to the second step, and remember where to go afterwards."""
    session[_NEXT] = wanted
    return pages.see(url_for("console.code_page"))


@blueprint.get("/sign-in/code")
@permission(Permission.PUBLIC)
def code_page() -> Response:
    """Ask for the code of the second step."""
    second_factor.whose_step(auth.step(), session=context.session(), services=context.services())
    return pages.bare("code.html")


@blueprint.post("/sign-in/code")
@permission(Permission.PUBLIC)
@limited_sign_in
def code() -> Response:
    """Finish the sign-in. A wrong code, a used one and none are answered alike."""
    auth.refuse_cross_site()
    services, wanted = context.services(), pages.inside(session.get(_NEXT, ""))
    login = second_factor.whose_step(auth.step(), session=context.session(), services=services)
    auth.count_attempt("code", login)
    opened = second_factor.answer(
        auth.step(),
        request.form.get("code", ""),
        life=auth.session_life(context.settings()),
        browser=auth.browser(),
        session=context.session(),
        services=services,
    )
    auth.enter(opened)
    return pages.see(wanted)


@blueprint.post("/sign-out")
@permission(Permission.SIGNED_IN)
@auth.before_second_factor
def sign_out() -> Response:
    """End the session, here and on the server."""
    auth.sign_out()
    return pages.see(url_for("console.sign_in_page"))


@blueprint.post("/language")
@permission(Permission.SIGNED_IN)
@auth.before_second_factor
def language() -> Response:
    """Set the language of the account's pages."""
    chosen = request.form.get("language", "")
    accounts.choose_language(
        auth.visitor().account_id, chosen, session=context.session(), services=context.services()
    )
    return pages.see(pages.inside(request.form.get("next", "")))


@blueprint.errorhandler(SignInFailed)
def ask_again(_error: SignInFailed) -> Response:
    """Show the form again; the sentence is the same for an unknown login and a wrong password."""
    login = request.form.get("login", "")[:_MOST_SHOWN]
    return _form(next_page=request.form.get("next", ""), status=401, login=login, has_failed=True)


@blueprint.errorhandler(StepOver)
def begin_again(_error: StepOver) -> Response:
    """Lead back to the password: the second step took too long, or too many codes."""
    session.clear()
    return pages.see(url_for("console.sign_in_page", over=""))


@blueprint.app_context_processor
def _identity_button() -> dict[str, object]:
    """Name the identity provider for the pages that lead to it; None where there is none."""
    settings = context.settings()
    host = settings.oidc_issuer.partition("//")[2].partition("/")[0]
    return {"identity_button": (settings.oidc_button or host) or None}
