"""What the embed's own pages share: language, direction, scheme, the words, the headers, and the page of a refusal.

No script runs in any of them. A view hands over a template and what it shows; here stands how a page looks and who
may frame it.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from flask import Response, g, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from moderation.domain.errors import ModerationError
from moderation.domain.texts import fill, language_of
from moderation.embed import linked_data, texts
from moderation.embed.texts import Language
from moderation.flows import origins, reading
from moderation.flows.reading import Sort
from moderation.web import context, problems
from moderation.web.problems import Problem

NO_STORE: Final = "no-store"
SCHEMES: Final = frozenset({"light", "dark"})
DIRECTIONS: Final = frozenset({"ltr", "rtl"})
KEPT: Final = ("lang", "dir", "theme")
"""Parameters that a page hands on to the pages it leads to."""
REFUSALS: Final = {"comment-unknown": "gone", "not-found": "nothing", "site-unknown": "nothing"}
"""Which sentence of `domain.texts` says a problem; any other is trouble that will pass."""


# How a page speaks and looks ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is to be shown to who asks."""

    lang: Language
    dir: str | None
    """For a portal that reads from right to left; None leaves it to the language."""
    theme: str | None
    texts: Mapping[str, str]
    """What the page says, in the site's own words where it has any (`domain.texts`)."""


def look(site_key: str, *, is_shared: bool = False) -> Look:
    """Choose language, words, direction and scheme for this request; once, for a page asks often.

    The language: the `lang` parameter, else the first that the browser asks for and this service speaks, else the
    site's own. What is shared by all readers (a fragment, a feed) does not go by anybody's browser.
    """
    kept: dict[tuple[str, bool], Look] = g.setdefault("embed_looks", {})
    if (site_key, is_shared) not in kept:
        words = reading.words(site_key, session=context.session())
        browser = [] if is_shared else [tag for tag, _ in request.accept_languages]
        asked = [request.args.get("lang", ""), *browser]
        spoken = (found for tag in asked if (found := language_of(tag)) is not None)
        lang = cast("Language", next(spoken, words.language))
        kept[site_key, is_shared] = Look(
            lang=lang,
            dir=_one_of("dir", DIRECTIONS),
            theme=_one_of("theme", SCHEMES),
            texts=texts.sentences(lang, words.texts),
        )
    return kept[site_key, is_shared]


def _one_of(name: str, known: frozenset[str]) -> str | None:
    given = request.args.get(name)
    return given if given in known else None


# Addresses ----------------------------------------------------------------------------------------------------


def here(endpoint: str, /, **parameters: Any) -> str:
    """Address a page of the embed in the language, direction and scheme of this one; None leaves a parameter out."""
    given = {**_kept(), **parameters}
    return url_for(endpoint, **{name: value for name, value in given.items() if value is not None})


def _kept() -> dict[str, str]:
    return {name: value for name in KEPT if (value := request.args.get(name))}


def whole(path: str) -> str:
    """Write an address of this service with its origin, for what is read elsewhere."""
    return f"{context.own_origin()}{path}"


def permalink(site_key: str, comment_id: UUID | str) -> str:
    """Return the whole address of a comment, the same in every language."""
    return whole(url_for("embed.permalink", site_key=site_key, comment_id=comment_id))


def asset(name: str) -> str:
    """Return the path of one of the embed's files."""
    return url_for("embed.asset", name=name)


def sort_asked() -> Sort:
    """Return the order that the address asks for; a page for people knows no wrong one."""
    try:
        return Sort(request.args.get("sort", Sort.NEWEST))
    except ValueError:
        return Sort.NEWEST


def linked_data_of(site_key: str, page: dict[str, Any], seen: Look) -> Markup | None:
    """Return a page's comments (the page as builtins) as search engines read them."""
    return linked_data.block(
        page["comments"],
        permalink=functools.partial(permalink, site_key),
        anonymous=seen.texts["anonymous"],
        article=page["thread"]["url"],
    )


# Pages --------------------------------------------------------------------------------------------------------


def render(template: str, site_key: str, *, status: int = 200, **shown: object) -> Response:
    """Render a page that extends `page.html`, framed by the site's own pages alone, stored nowhere."""
    html = render_template(template, **at_hand(site_key, look(site_key)), **shown)
    return framed(Response(html, status=status, mimetype="text/html"), site_key)


def at_hand(site_key: str, seen: Look) -> dict[str, object]:
    """Return what every template of the embed is given."""
    now = context.services().clock.now()
    return {
        "look": seen,
        "texts": seen.texts,
        "fill": fill,
        "ago": functools.partial(texts.ago, now=now, lang=seen.lang, said=seen.texts),
        "asset": asset,
        "here": functools.partial(here, site_key=site_key),
        "permalink": functools.partial(permalink, site_key),
        "whole": whole,
        # Within an article's page there are margins already, and a link back to it would lead nowhere new.
        "is_framed": request.headers.get("Sec-Fetch-Dest") == "iframe",
    }


def framed(response: Response, site_key: str) -> Response:
    """Let the site's own pages frame this one, and nobody else; no script runs in it."""
    ancestors = " ".join(sorted(origins.of_site(site_key, session=context.session()))) or "'none'"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors 'self' {ancestors}"
    )
    response.headers["Cache-Control"] = NO_STORE
    return response


def refusal(problem: Problem) -> Response:
    """Say what went wrong: to a browser as a page in its reader's language, to anything else as a problem."""
    site_key = (request.view_args or {}).get("site_key")
    wanted = request.accept_mimetypes.best_match([problems.MEDIA_TYPE, "text/html"])
    if site_key is None or wanted != "text/html":
        return problems.render(problem)
    said = REFUSALS.get(problem.kind.slug, "trouble")
    try:
        sentences = look(site_key).texts
        response = render(
            "refusal.html",
            site_key,
            status=problem.kind.status,
            title=sentences[f"{said}_title"],
            sentence=sentences[said],
        )
    except (ModerationError, HTTPException, SQLAlchemyError):
        return problems.render(problem)
    return problems.with_headers(response, problem)
