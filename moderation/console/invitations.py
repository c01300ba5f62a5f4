"""Invitations: an owner makes a link and takes it back; the invited person opens it and makes an account."""

from uuid import UUID

from flask import Response, request, url_for
from flask_login import current_user

from moderation.console import blueprint, pages, people_forms
from moderation.console.again import shown_again
from moderation.console.people import show_people
from moderation.console.single_sign_on import accept_by_identity
from moderation.domain.account import Permission
from moderation.domain.errors import InvitationUnknown
from moderation.flows import invitations
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.doors import limited


@blueprint.post("/people/invitations")
@permission(Permission.PEOPLE)
@shown_again(show_people)
def make_invitation() -> Response:
    """Make an invitation and show its link, once: it is kept nowhere."""
    made = invitations.make(
        people_forms.invitation(),
        owner_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    link = context.own_origin() + url_for("console.invitation", token=made.token)
    return pages.page(
        "invitation_made.html", link=link, expires_at=made.expires_at, name=request.form.get("name", "")
    )


@blueprint.post("/people/invitations/<uuid:invitation_id>/revoke")
@permission(Permission.PEOPLE)
def revoke_invitation(invitation_id: UUID) -> Response:
    """Take an invitation back."""
    invitations.revoke(
        invitation_id,
        owner_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.people"))


def show_invitation(token: str, *, faults: object = None) -> Response:
    """Show what is offered, and the form for an account; for whoever is signed in, the choice to take it as he is."""
    offered = invitations.look_at(token, session=context.session(), services=context.services())
    return pages.bare(
        "invitation.html",
        token=token,
        offered=offered,
        faults=faults or {},
        typed=people_forms.typed("login", "name", "language", "time_zone"),
        zones=people_forms.zones(),
        visitor=auth.visitor() if current_user.is_authenticated else None,
    )


@blueprint.get("/invitation/<token>")
@permission(Permission.PUBLIC)
@limited
def invitation(token: str) -> Response:
    """Show an invitation to whoever has its link."""
    return show_invitation(token)


@blueprint.post("/invitation/<token>")
@permission(Permission.PUBLIC)
@limited
@shown_again(show_invitation)
def accept_invitation(token: str) -> Response:
    """Make the account and sign in, or go to the identity provider first. The origin is checked as at the sign-in."""
    auth.refuse_cross_site()
    if "identity" in request.form:
        return accept_by_identity(token)
    opened = invitations.accept(
        token,
        people_forms.joining(),
        life=auth.session_life(context.settings()),
        browser=auth.browser(),
        session=context.session(),
        services=context.services(),
    )
    auth.enter(opened)
    return pages.see(url_for(pages.HOME))


@blueprint.post("/invitation/<token>/mine")
@permission(Permission.SIGNED_IN)
def accept_invitation_as_me(token: str) -> Response:
    """Take the offered role with the account that is signed in."""
    invitations.accept_as(
        token, auth.visitor().account_id, session=context.session(), services=context.services()
    )
    return pages.see(url_for(pages.HOME))


@blueprint.errorhandler(InvitationUnknown)
def tell_unknown_invitation(_error: InvitationUnknown) -> Response:
    """Say one sentence for a used, revoked, outdated or invented link."""
    return pages.bare("invitation_unknown.html", status=404)
