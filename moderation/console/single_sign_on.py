"""To the operator's identity provider and back: to sign in, to accept an invitation, to tie an identity."""

from typing import Final

from flask import Response, redirect, request, session, url_for
from flask_login import current_user

from moderation.console import blueprint, pages, people_forms
from moderation.console.sign_in import ask_for_code
from moderation.domain.account import Permission
from moderation.domain.errors import IdentityRefused
from moderation.flows import single_sign_on
from moderation.flows.single_sign_on import Purpose, Sent
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.doors import limited

_STATE: Final = "identity"


@blueprint.get("/sign-in/identity")
@permission(Permission.PUBLIC)
@limited
def to_identity() -> Response:
    """Send the browser to the provider, to sign in."""
    purpose = Purpose(next=pages.inside(request.args.get("next", "")))
    return _away(_begin(purpose))


@blueprint.get("/profile/identity")
@permission(Permission.SIGNED_IN)
def link_identity() -> Response:
    """Send the browser to the provider, to tie an identity to the account.

    Only from our own page: an identity that somebody else chose would open this account to him.
    """
    auth.refuse_cross_site()
    me = auth.visitor()
    return _away(_begin(Purpose(next=url_for("console.profile"), account_id=me.account_id)))


@blueprint.post("/profile/identity/remove")
@permission(Permission.SIGNED_IN)
def unlink_identity() -> Response:
    """Untie the identity."""
    single_sign_on.unlink(auth.visitor().account_id, session=context.session(), services=context.services())
    return pages.see(url_for("console.profile"))


def accept_by_identity(token: str) -> Response:
    """Begin to accept an invitation with an identity in place of a password.

    The answer is a page with a link: our policy lets no form lead to another origin, not even by a redirect.
    """
    sent = _begin(Purpose(invitation=token, login=people_forms.login(), details=people_forms.details()))
    return pages.bare("to_identity.html", address=sent.address)


def _begin(purpose: Purpose) -> Sent:
    sent = single_sign_on.begin(
        purpose, redirect=_back(), session=context.session(), services=context.services()
    )
    session[_STATE] = sent.state
    return sent


def _away(sent: Sent) -> Response:
    response = redirect(sent.address, 303)
    assert isinstance(response, Response)  # noqa: S101 - Flask's own class, which Werkzeug's signature hides
    return response


def _back() -> str:
    return context.own_origin() + url_for("console.from_identity")


@blueprint.get("/sign-in/identity/back")
@permission(Permission.PUBLIC)
@limited
def from_identity() -> Response:
    """Take the browser back. The state is this browser's own and holds once: nobody is signed in as somebody else."""
    state = request.args.get("state", "")
    if not state or state != session.pop(_STATE, None):
        raise IdentityRefused("state")
    if "code" not in request.args:
        raise IdentityRefused("declined")
    back = single_sign_on.finish(
        state,
        request.args["code"],
        redirect=_back(),
        life=auth.session_life(context.settings()),
        browser=auth.browser(),
        signed_in=auth.visitor().account_id if current_user.is_authenticated else None,
        session=context.session(),
        services=context.services(),
    )
    wanted = pages.inside(back.next)
    if back.entered is None or auth.enter(back.entered):
        return pages.see(wanted)
    return ask_for_code(wanted)


@blueprint.errorhandler(IdentityRefused)
def tell_refused_identity(error: IdentityRefused) -> Response:
    """Say in words what went wrong; the cause goes to the log, not to whoever tries."""
    context.services().log.warning("identity.refused", why=error.why)
    return pages.bare("identity_refused.html", status=403, why=error.why)
