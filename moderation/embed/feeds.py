"""Feeds: the latest published comments of a thread or of a site, as Atom (RFC 4287).

Built as a tree, never by joining strings: whatever readers wrote is text there, and plain text to feed readers.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

import msgspec
from flask import Response, request

from moderation.domain.account import Permission
from moderation.domain.texts import fill
from moderation.embed import blueprint, pages
from moderation.embed.fragment import shared
from moderation.embed.pages import Look
from moderation.flows import reading
from moderation.flows.reading import Feed
from moderation.web import bodies, context
from moderation.web.auth import permission

ATOM: Final = "http://www.w3.org/2005/Atom"
THREADING: Final = "http://purl.org/syndication/thread/1.0"
MEDIA_TYPE: Final = "application/atom+xml"
SHARED: Final = "public, max-age=60, s-maxage=60"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without comments was updated: the same whatever waits unseen."""
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) cannot hold, escaped or not."""

register_namespace("", ATOM)
register_namespace("thr", THREADING)


@blueprint.get("/embed/v1/<site_key>/thread.atom")
@permission(Permission.PUBLIC)
def thread_feed(site_key: str) -> Response:
    """Return the latest comments of a thread, replies among them."""
    thread_key = bodies.single("thread")
    feed = reading.feed(site_key, thread_key, session=context.session())
    seen = pages.look(site_key, is_shared=True)
    page = pages.whole(pages.here("embed.frame", site_key=site_key, thread=thread_key, lang=seen.lang))
    title = feed.thread_title or f"{seen.texts['title']} · {feed.site_name}"
    return _answer(site_key, feed, seen, title=title, page=feed.thread_url or page)


@blueprint.get("/embed/v1/<site_key>/site.atom")
@permission(Permission.PUBLIC)
def site_feed(site_key: str) -> Response:
    """Return the latest comments of a site."""
    feed = reading.feed(site_key, None, session=context.session())
    seen = pages.look(site_key, is_shared=True)
    return _answer(site_key, feed, seen, title=f"{seen.texts['latest']} · {feed.site_name}", page=None)


def _answer(site_key: str, feed: Feed, seen: Look, *, title: str, page: str | None) -> Response:
    root = Element(_atom("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": seen.lang})
    entries = [msgspec.to_builtins(one) for one in feed.comments]
    _add(root, "id", _urn(feed.id))
    _add(root, "title", title)
    moments = [_updated(one["comment"]) for one in entries]
    _add(root, "updated", max(moments, key=datetime.fromisoformat, default=bodies.timestamp(NEVER)))
    _link(root, "self", pages.whole(request.full_path.rstrip("?")), MEDIA_TYPE)
    if page is not None:
        _link(root, "alternate", page, "text/html")
    for one in entries:
        root.append(_entry(site_key, one, seen))
    content = tostring(root, encoding="utf-8", xml_declaration=True)
    return shared(content, MEDIA_TYPE, cache_control=SHARED)


def _entry(site_key: str, one: dict[str, Any], seen: Look) -> Element:
    comment = one["comment"]
    name = _clean(comment["nickname"] or "").strip() or seen.texts["anonymous"]
    key = "comment_on" if one["thread_title"] else "comment_of"
    entry = Element(_atom("entry"))
    _add(entry, "id", _urn(comment["id"]))
    _add(entry, "title", fill(seen.texts[key], name=name, title=one["thread_title"]))
    _add(entry, "published", comment["created_at"])
    _add(entry, "updated", _updated(comment))
    _add(_add(entry, "author"), "name", name)
    _link(entry, "alternate", pages.permalink(site_key, comment["id"]), "text/html")
    if comment["parent_id"]:
        # RFC 4685: what it answers.
        SubElement(entry, f"{{{THREADING}}}in-reply-to", {"ref": _urn(comment["parent_id"])})
    _add(entry, "content", comment["text"])
    return entry


def _updated(comment: dict[str, Any]) -> str:
    return str(comment.get("edited_at") or comment["created_at"])


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    child = SubElement(parent, _atom(name))
    if text is not None:
        child.text = _clean(text)
    return child


def _link(parent: Element, rel: str, href: str, media_type: str) -> None:
    SubElement(parent, _atom("link"), {"rel": rel, "type": media_type, "href": _clean(href)})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def _urn(name: UUID | str) -> str:
    return f"urn:uuid:{name}"


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"
