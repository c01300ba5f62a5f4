"""What search engines read of comments: schema.org's `Comment`, as JSON-LD in a block that no browser runs.

Only what the page shows as well. An author's link is left out: the service vouches for nobody.
"""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

Json = dict[str, Any]
_dumps = functools.partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def block(
    comments: Iterable[Mapping[str, Any]],
    *,
    permalink: Callable[[str], str],
    anonymous: str,
    article: str | None,
) -> Markup | None:
    """Write comments (as builtins, replies within) as the content of a script element; None when there are none.

    "<" is written as an escape of JSON, so that no text can end the element.
    """
    listed = list(_flat(comments))
    gone = {one["id"] for one in listed if one["state"] != "published"}
    graph: list[Json] = []
    for one in listed:
        if one["id"] in gone:
            continue
        written = _comment(one, permalink(one["id"]), anonymous)
        if one["parent_id"] and one["parent_id"] not in gone:
            written["parentItem"] = {"@type": "Comment", "@id": permalink(one["parent_id"])}
        elif article and not one["parent_id"]:
            written["parentItem"] = {"@type": "CreativeWork", "@id": article, "url": article}
        graph.append(written)
    if not graph:
        return None
    return htmlsafe_json_dumps({"@context": "https://schema.org", "@graph": graph}, dumps=_dumps)


def _flat(comments: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in comments:
        yield one
        yield from one["replies"]


def _comment(one: Mapping[str, Any], address: str, anonymous: str) -> Json:
    written: Json = {
        "@type": "Comment",
        "@id": address,
        "url": address,
        "text": one["text"],
        "dateCreated": one["created_at"],
        "author": {"@type": "Person", "name": one["nickname"] or anonymous},
    }
    if one.get("edited_at"):
        written["dateModified"] = one["edited_at"]
    if one.get("like_count") is not None:
        written["upvoteCount"] = one["like_count"]
    return written
