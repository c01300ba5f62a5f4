"""Whatever goes wrong on the desk, as a page or fragment in the reader's language, never as JSON."""

from flask import Response, g, jsonify, request, url_for
from flask_login import AnonymousUserMixin, current_user

from moderation.console import blueprint, forms, pages, table, wording
from moderation.domain.errors import Conflict, LeaseLost, RevisionStale, SignInFailed
from moderation.web import problems
from moderation.web.auth import NotSignedIn
from moderation.web.problems import Problem


@blueprint.errorhandler(NotSignedIn)
def ask_to_sign_in(_error: NotSignedIn) -> Response:
    """Send to the sign-in page, and back afterwards if what was asked for is a page."""
    if pages.is_call():
        return refusal(401, "not-signed-in")
    wanted = request.full_path.rstrip("?") if request.method == "GET" and not pages.is_swap() else None
    return pages.see(url_for("console.sign_in_page", next=wanted))


@blueprint.errorhandler(SignInFailed)
def ask_again(_error: SignInFailed) -> Response:
    """Show the form again; the sentence is the same for an unknown login and a wrong password."""
    form = request.form
    return pages.bare(
        "sign_in.html",
        status=401,
        has_failed=True,
        next=form.get("next", ""),
        login=form.get("login", "")[:64],
    )


@blueprint.errorhandler(Conflict)
def tell_who_was_faster(error: Conflict) -> Response:
    """Show the table with what was in the way, and offer the next card."""
    item_id = (request.view_args or {}).get("item_id")
    is_claimable = isinstance(error, RevisionStale) or (isinstance(error, LeaseLost) and error.holder is None)
    if pages.is_call():
        return refusal(
            409, problems.problem_of(error).kind.slug, wording.conflict(error), is_claimable=is_claimable
        )
    return table.show(
        forms.queue(),
        status=409,
        has_asked=True,
        notice=wording.conflict(error),
        beyond=item_id,
        again=item_id if is_claimable else None,
    )


@blueprint.errorhandler(Exception)
def show_problem(error: Exception) -> Response:
    """Show a page that says what went wrong and what to do."""
    return problem_page(problems.problem_of_any(error))


def problem_page(problem: Problem) -> Response:
    """Write a problem as a page, or as a line above the card that leaves the card and a typed note alone."""
    if problem.kind.status >= 500 and "_login_user" not in g:
        # The database may be what failed: do not ask it who is reading.
        g._login_user = AnonymousUserMixin()  # noqa: SLF001 - where Flask-Login keeps the answer
    title, advice = wording.PROBLEMS.get(problem.kind.slug, wording.OTHER_PROBLEM)
    if pages.is_call():
        return refusal(problem.kind.status, problem.kind.slug, f"{title}. {advice}")
    template = "problem_line.html" if pages.is_swap() else "problem.html"
    response = pages.bare(
        template,
        status=problem.kind.status,
        title=title,
        advice=advice,
        request_id=g.get("request_id"),
        has_desk=current_user.is_authenticated,
    )
    if problem.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    if pages.is_swap():
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#problem", "innerHTML"
    return response


def refusal(status: int, code: str, notice: str = "", *, is_claimable: bool = False) -> Response:
    """Tell the desk's script why not, and whether claiming the item again may help."""
    response = jsonify(code=code, notice=notice, again=is_claimable)
    response.status_code = status
    return response
