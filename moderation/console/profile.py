"""One's own account: name, language, zone, password, keys, and the browsers one is signed in with."""

from flask import Response, request, url_for

from moderation.console import blueprint, pages, people_forms
from moderation.console.again import shown_again
from moderation.domain.account import Permission
from moderation.domain.keys import DEFAULT_KEYS, KeyAction, keys_of
from moderation.flows import profile as flow
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/profile")
@permission(Permission.SIGNED_IN)
def profile() -> Response:
    """Show the page."""
    return show_profile()


def show_profile(*, faults: object = None) -> Response:
    """Show the page, perhaps with what is wrong with one of its forms; what was typed stands there again."""
    me = auth.visitor()
    own = flow.look_at(
        me.account_id,
        life=auth.session_life(context.settings()),
        session=context.session(),
        services=context.services(),
    )
    typed = people_forms.typed("name", "language", "time_zone")
    return pages.page(
        "profile.html",
        own=own,
        faults=faults or {},
        typed={
            "name": typed["name"] or me.name,
            "language": typed["language"] or me.language,
            "time_zone": typed["time_zone"] or me.time_zone,
        },
        keys={str(action): key for action, key in keys_of(me.keys).items()} | people_forms.keys(),
        usual=DEFAULT_KEYS,
        actions=KeyAction,
        codes=people_forms.KEY_CODES,
        zones=people_forms.zones(),
        is_saved=request.args.get("saved"),
    )


def _saved(what: str) -> Response:
    return pages.see(url_for("console.profile", saved=what, _anchor=what))


@blueprint.post("/profile")
@permission(Permission.SIGNED_IN)
@shown_again(show_profile)
def change_profile() -> Response:
    """Set name, language and zone."""
    me = auth.visitor()
    flow.change(me.account_id, people_forms.details(), session=context.session(), services=context.services())
    return _saved("account")


@blueprint.post("/profile/password")
@permission(Permission.SIGNED_IN)
@shown_again(show_profile)
def change_password() -> Response:
    """Set a new password; guesses at the old one are counted."""
    me = auth.visitor()
    auth.count_attempt("proof", me.login)
    flow.change_password(
        me.account_id,
        me.session_id,
        old=request.form.get("old_password", ""),
        new=request.form.get("new_password", ""),
        session=context.session(),
        services=context.services(),
    )
    return _saved("password")


@blueprint.post("/profile/keys")
@permission(Permission.SIGNED_IN)
@shown_again(show_profile)
def set_keys() -> Response:
    """Set the keys of the desk."""
    me = auth.visitor()
    flow.set_keys(me.account_id, people_forms.keys(), session=context.session(), services=context.services())
    return _saved("keys")


@blueprint.post("/profile/keys/reset")
@permission(Permission.SIGNED_IN)
def reset_keys() -> Response:
    """Go back to the usual keys."""
    flow.reset_keys(auth.visitor().account_id, session=context.session(), services=context.services())
    return _saved("keys")


@blueprint.post("/profile/sessions/end")
@permission(Permission.SIGNED_IN)
def end_own_sessions() -> Response:
    """Sign one's other browsers out: the one that is named, or all of them."""
    me, services = auth.visitor(), context.services()
    session_id = people_forms.session_id()
    if session_id is None:
        flow.end_other_sessions(me.account_id, me.session_id, session=context.session(), services=services)
    else:
        flow.end_session(me.account_id, session_id, session=context.session(), services=services)
    return _saved("sessions")
