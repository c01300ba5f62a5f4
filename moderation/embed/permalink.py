"""A comment's own address: it leads to the article where that is known, else it shows the comment."""

from urllib.parse import urldefrag, urlsplit
from uuid import UUID

import msgspec
from flask import Response, redirect

from moderation.domain.account import Permission
from moderation.domain.texts import fill
from moderation.embed import blueprint, pages
from moderation.flows import origins, reading
from moderation.web import context
from moderation.web.auth import permission


@blueprint.get("/embed/v1/<site_key>/comments/<uuid:comment_id>")
@permission(Permission.PUBLIC)
def permalink(site_key: str, comment_id: UUID) -> Response:
    """Lead to the comment in its article, else show it here."""
    found = reading.comment_page(site_key, comment_id, frozenset(), session=context.session()).body
    assert found is not None  # noqa: S101 - no ETag was offered
    article = found.page.thread.url
    if article is not None and _is_own(article, site_key):
        # 302: the address of an article may change, and the comment may be taken back.
        answer = redirect(f"{urldefrag(article).url}#comment-{comment_id}")
        return pages.framed(answer, site_key)  # type: ignore[arg-type]  # Werkzeug's base class
    seen = pages.look(site_key)
    page = msgspec.to_builtins(found.page)
    name = found.comment.nickname or seen.texts["anonymous"]
    title = found.page.thread.title
    key = "comment_of" if title is None else "comment_on"
    return pages.render(
        "comment.html",
        site_key,
        page=page,
        root_id=found.root_id,
        title=fill(seen.texts[key], name=name, title=title),
        canonical=pages.permalink(site_key, comment_id),
        linked_data=pages.linked_data_of(site_key, page, seen),
    )


def _is_own(address: str, site_key: str) -> bool:
    """Say whether an address is still one of the site's: its origins may have changed since the thread began."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.lower()}" in origins.of_site(site_key, session=context.session())
