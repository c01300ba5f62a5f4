"""The second factor on one's own pages: set up, confirm, renew the recovery codes, remove."""

import segno
from flask import Response, request, url_for
from markupsafe import Markup

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.domain.errors import CodeWrong
from moderation.flows import second_factor as flow
from moderation.web import auth, context
from moderation.web.auth import SecondFactorMissing, permission

_GROUP_CHARS = 4


@blueprint.get("/profile/second-factor")
@permission(Permission.SIGNED_IN)
@auth.before_second_factor
def second_factor() -> Response:
    """Show how the account stands, and the secret while it is not confirmed."""
    return _show()


def _show(*, status: int = 200, is_wrong: bool = False) -> Response:
    me = auth.visitor()
    state = flow.look_at(me.account_id, me.login, session=context.session(), services=context.services())
    return pages.page(
        "second_factor.html",
        status=status,
        state=state,
        picture=None if state.address is None else _picture(state.address),
        groups=_groups(state.secret or ""),
        is_wrong=is_wrong,
        is_demanded=auth.must_set_up_second_factor(),
    )


def _picture(address: str) -> Markup:
    """Draw a QR code as an element of the page: it needs no image of another address, and nobody keeps it."""
    drawn = segno.make(address, error="m", micro=False)
    svg = drawn.svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=False
    )
    return Markup(svg)  # noqa: S704 - drawn by segno: squares, and none of the text


def _groups(secret: str) -> list[str]:
    return [secret[at : at + _GROUP_CHARS] for at in range(0, len(secret), _GROUP_CHARS)]


@blueprint.post("/profile/second-factor")
@permission(Permission.SIGNED_IN)
@auth.before_second_factor
def begin_second_factor() -> Response:
    """Make a secret to confirm."""
    flow.begin(auth.visitor().account_id, session=context.session(), services=context.services())
    return pages.see(url_for("console.second_factor"))


@blueprint.post("/profile/second-factor/confirm")
@permission(Permission.SIGNED_IN)
@auth.before_second_factor
def confirm_second_factor() -> Response:
    """Put the second factor into force; show the recovery codes, once."""
    me = auth.visitor()
    auth.count_attempt("code", me.login)
    confirmed = flow.confirm(
        me.account_id,
        request.form.get("code", ""),
        life=auth.session_life(context.settings()),
        browser=auth.browser(),
        session=context.session(),
        services=context.services(),
    )
    auth.take_session(confirmed.token)
    return pages.page("recovery_codes.html", codes=confirmed.recovery_codes)


@blueprint.post("/profile/second-factor/codes")
@permission(Permission.SIGNED_IN)
def renew_recovery_codes() -> Response:
    """Make new recovery codes and show them, once."""
    me = auth.visitor()
    auth.count_attempt("proof", me.login)
    codes = flow.renew_recovery_codes(
        me.account_id,
        request.form.get("proof", ""),
        session=context.session(),
        services=context.services(),
    )
    return pages.page("recovery_codes.html", codes=codes)


@blueprint.post("/profile/second-factor/remove")
@permission(Permission.SIGNED_IN)
def remove_own_second_factor() -> Response:
    """Remove the second factor."""
    me = auth.visitor()
    auth.count_attempt("proof", me.login)
    flow.remove(
        me.account_id,
        request.form.get("proof", ""),
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.profile"))


@blueprint.errorhandler(CodeWrong)
def ask_for_code_again(_error: CodeWrong) -> Response:
    """Show the form again, with one sentence for every cause."""
    if request.endpoint == "console.code":
        return pages.bare("code.html", status=401, is_wrong=True)
    return _show(status=422, is_wrong=True)


@blueprint.errorhandler(SecondFactorMissing)
def lead_to_second_factor(_error: SecondFactorMissing) -> Response:
    """Lead to what this installation demands before anything else."""
    return pages.see(url_for("console.second_factor"))
