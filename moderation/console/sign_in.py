"""Sign in, sign out, choose a language."""

from flask import Response, request, url_for
from flask_login import current_user

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.flows import accounts
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.doors import limited_sign_in


@blueprint.get("/sign-in")
@permission(Permission.PUBLIC)
def sign_in_page() -> Response:
    """Show the form, unless somebody is signed in already."""
    if current_user.is_authenticated:
        return pages.see(pages.inside(request.args.get("next", "")))
    return pages.bare("sign_in.html", next=request.args.get("next", ""), login="")


@blueprint.post("/sign-in")
@permission(Permission.PUBLIC)
@limited_sign_in
def sign_in() -> Response:
    """Open a session. The guard checks writes of signed-in people only, so the origin is checked here."""
    auth.refuse_cross_site()
    auth.sign_in(request.form.get("login", "").strip(), request.form.get("password", ""))
    return pages.see(pages.inside(request.form.get("next", "")))


@blueprint.post("/sign-out")
@permission(Permission.SIGNED_IN)
def sign_out() -> Response:
    """End the session, here and on the server."""
    auth.sign_out()
    return pages.see(url_for("console.sign_in_page"))


@blueprint.post("/language")
@permission(Permission.SIGNED_IN)
def language() -> Response:
    """Set the language of the account's pages."""
    chosen = request.form.get("language", "")
    accounts.choose_language(auth.visitor().account_id, chosen, session=context.session())
    return pages.see(pages.inside(request.form.get("next", "")))
