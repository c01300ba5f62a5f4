"""A thread, and its count, as parts of somebody's page: put in by the server that makes it (SSI, ESI, a CMS)."""

import functools
from typing import Final

import msgspec
from flask import Response, render_template, request

from moderation.domain.account import Permission
from moderation.embed import blueprint, pages
from moderation.flows import reading
from moderation.flows.reading import PageQuery
from moderation.web import bodies, context
from moderation.web.auth import permission

SHARED: Final = "public, max-age=0, s-maxage=10"
"""What a portal's server may keep for all its readers; that many seconds later at most a comment shows."""


@blueprint.get("/embed/v1/<site_key>/fragment")
@permission(Permission.PUBLIC)
def fragment(site_key: str) -> Response:
    """Return a thread as a piece of HTML: no challenge in it, nothing of one reader's, the same for everybody.

    Its form hands what was typed to the thread's own page, which has a challenge for this reader.
    """
    query = PageQuery(site_key=site_key, thread_key=bodies.single("thread"), sort=pages.sort_asked())
    found = reading.thread_page(query, frozenset(), session=context.session())
    assert found.body is not None  # noqa: S101 - no ETag was offered
    seen = pages.look(site_key, is_shared=True)
    page = msgspec.to_builtins(found.body)
    html = render_template(
        "fragment.html",
        **pages.at_hand(site_key, seen),
        site_key=site_key,
        page=page,
        sort=query.sort.value,
        has_css=request.args.get("css") != "0",
        frame=functools.partial(_frame, query, seen.lang),
        linked_data=pages.linked_data_of(site_key, page, seen),
    )
    return shared(html, "text/html")


def _frame(query: PageQuery, lang: str, /, **parameters: object) -> str:
    """Address the thread's own page, where this fragment leads on, in the fragment's language."""
    kept: dict[str, object] = {"thread": query.thread_key, "sort": query.sort.value, "lang": lang}
    return pages.whole(pages.here("embed.frame", site_key=query.site_key, **kept | parameters))


@blueprint.get("/embed/v1/<site_key>/count.txt")
@permission(Permission.PUBLIC)
def count(site_key: str) -> Response:
    """Return how many comments a thread has, as digits and nothing else."""
    thread_key = bodies.single("thread")
    found = reading.counts(site_key, [thread_key], session=context.session())
    assert found.body is not None  # noqa: S101 - no ETag was offered
    return shared(str(found.body.counts[thread_key]), "text/plain", cache_control=bodies.PUBLIC_READ)


def shared(content: str | bytes, media_type: str, *, cache_control: str = SHARED) -> Response:
    """Answer with what is the same for every reader, under a tag made of what it says."""
    response = Response(content, mimetype=media_type)
    # Weak: a proxy may compress it. Of the content: a fragment says how long ago, which no version tells.
    response.add_etag(weak=True)
    response.headers["Cache-Control"] = cache_control
    response.make_conditional(request)
    return response
