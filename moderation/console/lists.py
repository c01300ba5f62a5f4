"""A queue as a list, with a selection that is decided together; what one has decided and put on hold."""

from flask import Response, jsonify, request

from moderation.console import blueprint, forms, pages
from moderation.domain.account import Permission
from moderation.domain.errors import NotPermitted
from moderation.domain.review import DecisionKind
from moderation.flows import bulk, desk
from moderation.flows.bulk import BulkDone
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/list")
@permission(Permission.REVIEW)
def listing() -> Response:
    """Show a queue as rows: any of them can be claimed, many can be decided together."""
    queue, wanted = forms.queue(), forms.queue_filter()
    sites = auth.reviewer().sites_for(queue)
    if not sites:
        raise NotPermitted
    page = desk.queue_page(
        sites, queue, wanted=wanted, cursor=request.args.get("cursor"), session=context.session()
    )
    whole = forms.whole(wanted)
    number = None
    if whole is not None:
        number = bulk.count(
            whole, reviewer=auth.reviewer(), session=context.session(), services=context.services()
        )
    return pages.page("list.html", page=page, queue=queue, wanted=wanted, number=number)


@blueprint.post("/bulk")
@permission(Permission.REVIEW)
def decide_many() -> Response:
    """Decide a selection, or everything of an author, a rule or a thread, a hundred at a time."""
    kind, reason = forms.verdict()
    done = bulk.decide_many(
        forms.choice(),
        kind=kind,
        reason=reason,
        note=forms.note(),
        batch_id=forms.batch_id(),
        most=bulk.BATCH,
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    return _tell(done, kind)


def _tell(done: BulkDone, kind: DecisionKind) -> Response:
    if not pages.is_call():
        return pages.page("bulk.html", done=done, kind=kind, back=pages.inside(request.form.get("next", "")))
    counts = desk.lengths(auth.reviewer().site_ids, session=context.session())
    return jsonify(
        batch=done.batch_id, decided=done.decided, skipped=done.skipped, left=done.left, counts=counts
    )


@blueprint.get("/mine")
@permission(Permission.REVIEW)
def mine() -> Response:
    """Show what one has put on hold, and what one has decided, with undo where it may still be possible."""
    sites, account_id, session = auth.reviewer().site_ids, auth.visitor().account_id, context.session()
    return pages.page(
        "mine.html",
        decisions=desk.own_decisions(sites, account_id, session=session),
        held=desk.on_hold(sites, account_id, session=session, services=context.services()),
    )
