"""Everything that waits from one author or in one thread, decided at one stroke, and taken back."""

from uuid import UUID

from flask import Response, request, url_for

from moderation.console import blueprint, pages, room_forms
from moderation.domain.account import Permission
from moderation.flows import bulk
from moderation.flows import review as reviewing
from moderation.flows.bulk import Choice
from moderation.web import auth, context
from moderation.web.auth import permission

MOST_AT_ONCE = 500
"""In one request; with more the page says how many are left, and the same button goes on."""


def waiting(choice: Choice) -> int:
    """Count what waits there and can be decided by the visitor."""
    return bulk.count(
        choice, reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )


@blueprint.post("/authors/<uuid:author_id>/decide")
@permission(Permission.REVIEW)
def decide_author(author_id: UUID) -> Response:
    """Decide everything that waits from an author."""
    return _decide(Choice(author_id=author_id), url_for("console.author", author_id=author_id))


@blueprint.post("/threads/<uuid:thread_id>/decide")
@permission(Permission.REVIEW)
def decide_thread(thread_id: UUID) -> Response:
    """Decide everything that waits in a thread."""
    return _decide(Choice(thread_id=thread_id), url_for("console.thread_all", thread_id=thread_id))


def _decide(choice: Choice, address: str) -> Response:
    kind, reason = room_forms.stroke()
    done = bulk.decide_many(
        choice,
        kind=kind,
        reason=reason,
        note=room_forms.note() or None,
        batch_id=room_forms.batch(),
        most=MOST_AT_ONCE,
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    told = f"batch={done.batch_id}&decided={len(done.decided)}&skipped={done.skipped}&left={done.left}"
    return pages.see(f"{address}?{told}")


@blueprint.post("/strokes/<uuid:batch_id>/undo")
@permission(Permission.REVIEW)
def undo_stroke(batch_id: UUID) -> Response:
    """Take back what was decided at one stroke."""
    reviewing.undo_batch(
        batch_id, reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )
    return pages.see(pages.inside(request.form.get("next", "")))
