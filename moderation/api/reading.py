"""Reading: pages of comments, replies, counts, and what an author wrote himself."""

from uuid import UUID

from flask import Response, request

from moderation.api import blueprint
from moderation.api.models import CommentAnswer, OwnCommentAnswer, OwnCommentsAnswer
from moderation.domain.account import Permission
from moderation.domain.errors import Fault, Invalid
from moderation.flows import reading
from moderation.flows.reading import PageQuery, Sort
from moderation.web import bodies, context, receipts, writers
from moderation.web.auth import permission


@blueprint.get("/sites/<site_key>/comments")
@permission(Permission.PUBLIC)
def list_comments(site_key: str) -> Response:
    """Return a page of a thread."""
    query = PageQuery(
        site_key=site_key,
        thread_key=bodies.single("thread"),
        sort=_sort(),
        cursor=request.args.get("cursor"),
        limit=bodies.whole_number("limit", 20),
    )
    found = reading.thread_page(query, bodies.known_etags(), session=context.session())
    return bodies.tagged(found.etag, found.body)


def _sort() -> Sort:
    try:
        return Sort(request.args.get("sort", Sort.NEWEST))
    except ValueError as error:
        raise Invalid([Fault("/sort", "unknown")]) from error


@blueprint.get("/sites/<site_key>/comments/<uuid:comment_id>/replies")
@permission(Permission.PUBLIC)
def list_replies(site_key: str, comment_id: UUID) -> Response:
    """Return a page of the replies below a top comment."""
    found = reading.replies_page(
        site_key,
        comment_id,
        cursor=request.args.get("cursor"),
        limit=bodies.whole_number("limit", 20),
        known_etags=bodies.known_etags(),
        session=context.session(),
    )
    return bodies.tagged(found.etag, found.body)


@blueprint.get("/sites/<site_key>/comments/<uuid:comment_id>")
@permission(Permission.PUBLIC)
def show_comment(site_key: str, comment_id: UUID) -> Response:
    """Return one published comment, with the thread and the top comment it stands under."""
    found = reading.comment_page(site_key, comment_id, bodies.known_etags(), session=context.session())
    body = None
    if found.body is not None:
        thread = found.body.page.thread.key
        body = CommentAnswer(thread=thread, root_id=found.body.root_id, comment=found.body.comment)
    return bodies.tagged(found.etag, body)


@blueprint.get("/sites/<site_key>/recent")
@permission(Permission.PUBLIC)
def list_recent(site_key: str) -> Response:
    """Return the latest published comments of a site."""
    limit = bodies.whole_number("limit", 20)
    found = reading.recent(site_key, limit, bodies.known_etags(), session=context.session())
    return bodies.tagged(found.etag, found.body)


@blueprint.get("/sites/<site_key>/counts")
@permission(Permission.PUBLIC)
def count_comments(site_key: str) -> Response:
    """Count the comments of up to 100 threads."""
    found = reading.counts(site_key, request.args.getlist("thread"), session=context.session())
    is_known = found.etag in bodies.known_etags()
    return bodies.tagged(found.etag, None if is_known else found.body)


@blueprint.get("/sites/<site_key>/own-comments")
@permission(Permission.PUBLIC)
def list_own_comments(site_key: str) -> Response:
    """Return what the holder of the Author-Token wrote in a thread, with the status he is told."""
    found = reading.own_comments(
        site_key,
        bodies.single("thread"),
        writer=writers.known_writer(site_key),
        session=context.session(),
        services=context.services(),
    )
    comments = [_own(site_key, comment) for comment in found.comments]
    return bodies.json(OwnCommentsAnswer(comments=comments, liked=found.liked))


def _own(site_key: str, comment: reading.OwnComment) -> OwnCommentAnswer:
    return OwnCommentAnswer(
        id=comment.id,
        parent_id=comment.parent_id,
        nickname=comment.nickname,
        link=comment.link,
        text=comment.text,
        created_at=comment.created_at,
        status=comment.status,
        reason=comment.reason,
        revision=comment.revision,
        editable_until=comment.editable_until,
        may_withdraw=comment.may_withdraw,
        receipt=None if comment.code is None else receipts.link(site_key, comment.code),
        appeal=comment.appeal,
    )
