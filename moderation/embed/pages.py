"""What the embed's own pages share: language, direction, scheme, the words, the headers, and the page of a refusal.

No script runs in any of them. A view hands over a template and what it shows; here stands how a page looks and who
may frame it.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import Response, g, render_template, request, url_for

from moderation.domain.texts import fill, language_of
from moderation.embed import texts
from moderation.embed.texts import Language
from moderation.flows import origins, reading
from moderation.web import context

NO_STORE: Final = "no-store"
SCHEMES: Final = frozenset({"light", "dark"})
DIRECTIONS: Final = frozenset({"ltr", "rtl"})
KEPT: Final = ("lang", "dir", "theme")
"""Parameters that a page hands on to the pages it leads to."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is to be shown to who asks."""

    lang: Language
    dir: str | None
    """For a portal that reads from right to left: None where the language says it."""
    theme: str | None
    texts: Mapping[str, str]
    """What the page says, in the site's own words where it has any (`domain.texts`)."""


def look(site_key: str) -> Look:
    """Choose language, words, direction and scheme for this request; once, for a page asks often.

    The language: the `lang` parameter, else the first that the browser asks for and this service speaks, else the
    site's own.
    """
    kept: dict[str, Look] = g.setdefault("embed_looks", {})
    if site_key not in kept:
        words = reading.words(site_key, session=context.session())
        asked = [request.args.get("lang", ""), *(tag for tag, _ in request.accept_languages)]
        spoken = (found for tag in asked if (found := language_of(tag)) is not None)
        lang = cast("Language", next(spoken, words.language))
        kept[site_key] = Look(
            lang=lang,
            dir=_one_of("dir", DIRECTIONS),
            theme=_one_of("theme", SCHEMES),
            texts=texts.sentences(lang, words.texts),
        )
    return kept[site_key]


def _one_of(name: str, known: frozenset[str]) -> str | None:
    given = request.args.get(name)
    return given if given in known else None


def here(endpoint: str, /, **parameters: Any) -> str:
    """Address a page of the embed in the language, direction and scheme of this one; None leaves a parameter out."""
    kept = {name: request.args.get(name) for name in KEPT}
    given = {**kept, **parameters}
    return url_for(endpoint, **{name: value for name, value in given.items() if value is not None})


def render(template: str, site_key: str, *, status: int = 200, **shown: object) -> Response:
    """Render a page that extends `page.html`, framed by the site's own pages alone, stored nowhere."""
    seen = look(site_key)
    html = render_template(
        template,
        look=seen,
        texts=seen.texts,
        fill=fill,
        ago=functools.partial(texts.ago, now=context.services().clock.now(), lang=seen.lang, said=seen.texts),
        asset=_asset,
        here=functools.partial(here, site_key=site_key),
        **shown,
    )
    return framed(Response(html, status=status, mimetype="text/html"), site_key)


def _asset(name: str) -> str:
    return url_for("embed.asset", name=name)


def framed(response: Response, site_key: str, *, cache_control: str = NO_STORE) -> Response:
    """Let the site's own pages frame this one, and nobody else; no script runs in it."""
    ancestors = " ".join(sorted(origins.of_site(site_key, session=context.session()))) or "'none'"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors 'self' {ancestors}"
    )
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Language"
    return response
