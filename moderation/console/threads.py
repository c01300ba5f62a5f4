"""A thread: all its comments, of every status; freeze, mode of its own, undo."""

from uuid import UUID

from flask import Response, request, url_for

from moderation.console import batches, blueprint, pages, room_forms, site_wording
from moderation.domain.account import Permission
from moderation.flows import threads
from moderation.flows.bulk import Choice
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/threads/<uuid:thread_id>")
@permission(Permission.REVIEW)
def thread_all(thread_id: UUID) -> Response:
    """Show a thread with a page of its comments."""
    visitor, asked = auth.visitor(), room_forms.asked()
    view = threads.view(thread_id, asked, site_ids=auth.reviewer().site_ids, session=context.session())
    return pages.page(
        "thread_all.html",
        view=view,
        wanted=asked,
        asked=request.args,
        may_freeze=view.thread.site_id in visitor.sites_with(Permission.FREEZE),
        modes=site_wording.MODES,
        waiting=batches.waiting(Choice(thread_id=thread_id)),
        stroke=room_forms.last_stroke(),
        batch_id=context.services().ids.new(),
    )


@blueprint.post("/threads/<uuid:thread_id>/mode")
@permission(Permission.FREEZE)
def set_thread_mode(thread_id: UUID) -> Response:
    """Give a thread a mode of its own, or freeze it."""
    threads.set_mode(
        thread_id,
        room_forms.mode(),
        actor=auth.reviewer().actor,
        site_ids=auth.visitor().sites_with(Permission.FREEZE),
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.thread_all", thread_id=thread_id))


@blueprint.post("/threads/<uuid:thread_id>/undo")
@permission(Permission.FREEZE)
def undo_thread_mode(thread_id: UUID) -> Response:
    """Lead a thread back to the mode it had before the last change."""
    threads.undo_mode(
        thread_id,
        actor=auth.reviewer().actor,
        site_ids=auth.visitor().sites_with(Permission.FREEZE),
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.thread_all", thread_id=thread_id))
