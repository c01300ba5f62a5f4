"""People: who may do what on which site, and in which browsers he is signed in."""

from uuid import UUID

from flask import Response, request, url_for

from moderation.console import blueprint, pages, people_forms
from moderation.domain.account import Permission
from moderation.domain.errors import LastOwner
from moderation.flows import people as flow
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/people")
@permission(Permission.PEOPLE)
def people() -> Response:
    """Show everybody whom the owner sees, and the open invitations."""
    return show_people()


def show_people(*, faults: object = None) -> Response:
    """Show the page, perhaps with what is wrong with an invitation."""
    found = flow.list_people(
        auth.visitor().account_id, session=context.session(), services=context.services()
    )
    typed = people_forms.typed("name", "role", "site")
    return pages.page("people.html", found=found, faults=faults or {}, typed=typed)


@blueprint.get("/people/<uuid:account_id>")
@permission(Permission.PEOPLE)
def person(account_id: UUID) -> Response:
    """Show one person."""
    return _show_person(account_id)


def _show_person(account_id: UUID, *, status: int = 200, notice: str | None = None) -> Response:
    found = flow.look_at(
        auth.visitor().account_id,
        account_id,
        life=auth.session_life(context.settings()),
        session=context.session(),
        services=context.services(),
    )
    return pages.page("person.html", status=status, found=found, person=found.person, notice=notice)


@blueprint.post("/people/<uuid:account_id>/role")
@permission(Permission.PEOPLE)
def set_role(account_id: UUID) -> Response:
    """Give, change or take a role."""
    flow.set_role(
        auth.visitor().account_id,
        account_id,
        site_id=people_forms.site_id(),
        role=people_forms.role(),
        session=context.session(),
        services=context.services(),
    )
    return _back_to(account_id)


@blueprint.post("/people/<uuid:account_id>/disable")
@permission(Permission.PEOPLE)
def disable(account_id: UUID) -> Response:
    """Shut an account."""
    flow.disable(
        auth.visitor().account_id, account_id, session=context.session(), services=context.services()
    )
    return _back_to(account_id)


@blueprint.post("/people/<uuid:account_id>/enable")
@permission(Permission.PEOPLE)
def enable(account_id: UUID) -> Response:
    """Open an account again."""
    flow.enable(auth.visitor().account_id, account_id, session=context.session(), services=context.services())
    return _back_to(account_id)


@blueprint.post("/people/<uuid:account_id>/sessions/end")
@permission(Permission.PEOPLE)
def end_sessions(account_id: UUID) -> Response:
    """Sign somebody out in one browser, or in all."""
    owner_id, services = auth.visitor().account_id, context.services()
    session_id = people_forms.session_id()
    if session_id is None:
        flow.end_all_sessions(owner_id, account_id, session=context.session(), services=services)
    else:
        flow.end_session(owner_id, account_id, session_id, session=context.session(), services=services)
    return _back_to(account_id)


@blueprint.post("/people/<uuid:account_id>/second-factor/remove")
@permission(Permission.PEOPLE)
def remove_second_factor(account_id: UUID) -> Response:
    """Take away the second factor of somebody who has lost it."""
    flow.remove_second_factor(
        auth.visitor().account_id, account_id, session=context.session(), services=context.services()
    )
    return _back_to(account_id)


def _back_to(account_id: UUID) -> Response:
    """Go on at the person, or at the list when one's own last word took him out of sight."""
    if not auth.visitor().sites_with(Permission.PEOPLE):
        return pages.see(url_for(pages.HOME))
    return pages.see(url_for("console.person", account_id=account_id))


@blueprint.errorhandler(LastOwner)
def keep_the_last_owner(_error: LastOwner) -> Response:
    """Show the person again, and why nothing was changed."""
    account_id = (request.view_args or {})["account_id"]
    return _show_person(account_id, status=409, notice="last-owner")
