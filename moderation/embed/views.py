"""The embed's files, and the page for readers without JavaScript: it lists, counts and posts by one plain form."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from flask import Response, redirect, request, url_for
from werkzeug.exceptions import HTTPException, NotFound

from moderation.domain import receipts
from moderation.domain.account import Permission
from moderation.domain.comment import MAX_NICKNAME_CHARS
from moderation.domain.draft import Draft
from moderation.domain.errors import CommentUnknown, Fault, Invalid, ModerationError, OriginNotAllowed
from moderation.domain.reasons import Reason
from moderation.domain.texts import fill
from moderation.embed import blueprint, pages
from moderation.embed.refusals import PAGES, shows_refusals_of
from moderation.extensions import client
from moderation.flows import challenges, intake, reading
from moderation.flows.reading import Page, PageComment, PageQuery, Sort
from moderation.web import bodies, context, doors, problems
from moderation.web.auth import permission
from moderation.web.problems import Problem

DIST: Final = Path(__file__).parent / "static" / "dist"
"""What `build.py` has made of the sources."""
TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
FILES_CACHE: Final = "public, max-age=300, stale-while-revalidate=86400"
FIELD_OF_POINTER: Final = {"/text": "text", "/nickname": "nickname", "/challenge_answer": "answer"}
FIELD_OF_PROBLEM: Final = {
    "challenge-failed": "answer",
    "challenge-expired": "answer",
    "challenge-required": "answer",
}


# Files --------------------------------------------------------------------------------------------------------


@blueprint.get("/embed.js")
@blueprint.get("/count.js")
@permission(Permission.PUBLIC)
def script() -> Response:
    """Serve the script of a portal's one line, at the address that never changes."""
    return _file(request.path.removeprefix("/"))


@blueprint.get("/embed/static/<name>")
@permission(Permission.PUBLIC)
def asset(name: str) -> Response:
    """Serve a module or a stylesheet of the embed."""
    return _file(name)


def _file(name: str) -> Response:
    content, media_type, etag = _built(name)
    response = Response(content, mimetype=media_type)
    response.set_etag(etag)
    response.headers["Cache-Control"] = FILES_CACHE
    # A module imported by a page of another origin is fetched in CORS mode; the file is the same for everybody.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response


@functools.cache
def _built(name: str) -> tuple[bytes, str, str]:
    # Looked up, never put together: a name from an address may be no name that a file system can be asked for.
    path = next((path for path in DIST.iterdir() if path.name == name and path.suffix in TYPES), None)
    if path is None:
        raise NotFound
    content = path.read_bytes()
    return content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16]


# The page without JavaScript ----------------------------------------------------------------------------------


@blueprint.get("/embed/v1/<site_key>/frame")
@permission(Permission.PUBLIC)
def frame(site_key: str) -> Response:
    """Show a thread with its form."""
    return _page(site_key)


@blueprint.post("/embed/v1/<site_key>/frame")
@permission(Permission.PUBLIC)
@doors.limited
def post_from_frame(site_key: str) -> Response:
    """Take a comment from the page's own form, and lead back to the page (Post/Redirect/Get).

    `another` posts nothing: it shows the form with what was typed and a new challenge. A fragment in a portal's page
    begins there, so it may come from any page.
    """
    if "another" in request.form:
        return _page(site_key, errors={})
    if request.headers.get("Origin", context.own_origin()) != context.own_origin():
        raise OriginNotAllowed
    receipt = intake.submit(_draft(site_key), session=context.session(), services=context.services())
    location = _url(site_key, posted=receipt.status, reason=receipt.reason, receipt=receipt.code)
    return pages.framed(redirect(f"{location}#write", 303), site_key)  # type: ignore[arg-type]  # Werkzeug's base class


def _draft(site_key: str) -> Draft:
    form = request.form
    return Draft(
        site_key=site_key,
        origin=None,
        is_own_page=True,
        client=client(),
        thread_key=bodies.single("thread"),
        # Browsers send line ends of forms as CRLF (HTML, 4.10.21); the JSON door's are LF.
        text=form.get("text", "").replace("\r\n", "\n"),
        nickname=form.get("nickname", ""),
        parent_id=_uuid(form.get("parent_id"), "/parent_id"),
        challenge_id=_uuid(form.get("challenge_id"), "/challenge_id"),
        challenge_answer=form.get("answer") or None,
        is_waived=form.get("waived") == "yes",
        idempotency_key=form.get("submission_key") or None,
    )


def _uuid(text: str | None, pointer: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid([Fault(pointer, "malformed")]) from error


@blueprint.errorhandler(ModerationError)
def _answer_refused(error: ModerationError) -> Response:
    return _answer(problems.problem_of(error))


@blueprint.errorhandler(HTTPException)
def _answer_http(error: HTTPException) -> Response:
    return _answer(problems.problem_of_http(error))


def _answer(problem: Problem) -> Response:
    show = PAGES.get(request.endpoint or "")
    if show is None:
        return pages.refusal(problem)
    try:
        response = show(problem)
    except (ModerationError, HTTPException):
        # There is no such site or thread to show, or the form itself cannot be read (too large).
        return pages.refusal(problem)
    response.status_code = problem.kind.status
    return problems.with_headers(response, problem)


@shows_refusals_of("embed.post_from_frame")
def _refused(problem: Problem) -> Response:
    """Show what went wrong on the page itself, with everything the reader typed still in its place."""
    site_key = (request.view_args or {})["site_key"]
    return _page(site_key, errors=_errors(problem, pages.look(site_key).texts))


def _errors(problem: Problem, sentences: Mapping[str, str]) -> dict[str, str]:
    slug = problem.kind.slug
    if slug in FIELD_OF_PROBLEM:
        key = slug if request.form.get("answer") else "answer_missing"
        return {FIELD_OF_PROBLEM[slug]: sentences[key]}
    errors: dict[str, str] = {}
    for fault in problem.errors:
        field = FIELD_OF_POINTER.get(fault["pointer"])
        if field is None:
            slug = "comment-unknown" if fault["pointer"] == "/parent_id" else slug
            continue
        errors.setdefault(field, _sentence(field, fault["code"], sentences))
    if errors:
        return errors
    return {"form": fill(sentences.get(slug, sentences["failed"]), n=problem.retry_after_seconds or 0)}


def _sentence(field: str, code: str, sentences: Mapping[str, str]) -> str:
    key = f"{field}_{code.replace('-', '_').replace('blank', 'missing')}"
    given = len(request.form.get(field, "").replace("\r\n", "\n"))
    most = _most_text_chars() if field == "text" else MAX_NICKNAME_CHARS
    return fill(sentences.get(key, sentences["invalid"]), n=most, m=given)


def _most_text_chars() -> int:
    site_key = (request.view_args or {})["site_key"]
    query = PageQuery(site_key=site_key, thread_key=bodies.single("thread"), limit=1)
    found = reading.thread_page(query, frozenset(), session=context.session())
    assert found.body is not None  # noqa: S101 - no ETag was offered
    return found.body.form.max_text_chars


def _page(site_key: str, *, errors: Mapping[str, str] | None = None) -> Response:
    """Render the thread, its form with what was typed, and a challenge of its own."""
    query = PageQuery(
        site_key=site_key,
        thread_key=bodies.single("thread"),
        sort=pages.sort_asked(),
        cursor=request.args.get("cursor"),
    )
    root_id = request.args.get("root") or None
    page = _thread(query) if root_id is None else _branch(query, root_id)
    seen = pages.look(site_key)
    shown = msgspec.to_builtins(page)
    return pages.render(
        "frame.html",
        site_key,
        page=shown,
        root=shown["comments"][0] if root_id else None,
        sort=query.sort.value,
        sorts=[sort.value for sort in Sort],
        url=functools.partial(_url, site_key),
        notice=_notice(seen.texts) if errors is None else None,
        errors=errors or {},
        form={name: request.form.get(name, "") for name in ("text", "nickname", "waived")},
        reply=_reply(query, page, page.comments[0] if root_id else None),
        challenge=_challenge(site_key, page),
        submission_key=str(context.services().ids.new()),
        linked_data=pages.linked_data_of(site_key, shown, seen),
    )


def _thread(query: PageQuery) -> Page:
    found = reading.thread_page(query, frozenset(), session=context.session())
    assert found.body is not None  # noqa: S101 - no ETag was offered
    return found.body


def _branch(query: PageQuery, root_id: str) -> Page:
    try:
        wanted = UUID(root_id)
    except ValueError as error:
        raise CommentUnknown from error
    return reading.branch_page(query, wanted, session=context.session())


def _url(site_key: str, /, **changed: object) -> str:
    """Address the page again, with some of its parameters changed."""
    kept = {name: request.args.get(name) for name in ("thread", "root")}
    return pages.here(
        "embed.frame", site_key=site_key, **{**kept, "sort": pages.sort_asked().value, **changed}
    )


def _notice(sentences: Mapping[str, str]) -> dict[str, str | None] | None:
    """Say what became of the comment just posted, as the redirect told."""
    kinds = {"published": "good", "pending": "wait", "rejected": "bad"}
    posted = request.args.get("posted", "")
    if posted not in kinds:
        return None
    reason = request.args.get("reason", "")
    reason = reason if reason in set(Reason) else Reason.OTHER
    return {
        "kind": kinds[posted],
        "text": fill(sentences[posted], reason=sentences[f"reason_{reason}"]),
        "code": receipts.normalised(request.args.get("receipt", "")),
    }


def _reply(query: PageQuery, page: Page, root: PageComment | None) -> dict[str, str] | None:
    """Find the comment that the form answers; on the page of one top comment that is this one, unless another is named.

    A link from elsewhere may name one that stands on a later page: it is looked for, lest a reply become a comment.
    """
    wanted = request.form.get("parent_id") or request.args.get("reply")
    if wanted is None and root is not None:
        wanted = str(root.id)
    shown = [comment for top in page.comments for comment in (top, *top.replies)]
    found = next((comment for comment in shown if str(comment.id) == wanted), None)
    if found is None and wanted is not None:
        found = _elsewhere(query, wanted)
    if found is None or found.state != "published":
        return None
    return {"id": str(found.id), "nickname": found.nickname or ""}


def _elsewhere(query: PageQuery, comment_id: str) -> PageComment | None:
    try:
        found = reading.comment_page(
            query.site_key, UUID(comment_id), frozenset(), session=context.session()
        ).body
    except (ValueError, CommentUnknown):
        return None
    return None if found is None or found.page.thread.key != query.thread_key else found.comment


def _challenge(site_key: str, page: Page) -> dict[str, object] | None:
    if not page.thread.is_open:
        return None
    issued = challenges.issue_for_own_page(
        site_key,
        client(),
        seconds=context.settings().challenge_seconds,
        session=context.session(),
        services=context.services(),
    )
    if issued is None:
        return None
    url = url_for("api.challenge_image", site_key=site_key, challenge_id=issued.id)
    return {"id": str(issued.id), "image_url": url, "width": issued.width, "height": issued.height}
