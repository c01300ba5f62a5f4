"""What a browser without JavaScript, and a search engine, see of a page."""

import json
from html.parser import HTMLParser
from typing import Any

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "<!--",
    "]]>",
    "&lt;b&gt;",
]


class Form(HTMLParser):
    """What a browser would send back: the page's fields with their values, and every element it saw."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.action = ""
        self.linked_data = ""
        """What stands in the block for search engines."""
        self.text = ""
        """Everything else that is no markup."""
        self._textarea: str | None = None
        self._is_data = False
        # A browser reads CRLF as LF before it parses (HTML, 13.2.3.5).
        self.feed(html.replace("\r\n", "\n"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "form":
            self.action = given.get("action") or ""
        is_left_out = given.get("type") == "checkbox" and "checked" not in given
        if tag == "input" and given.get("name") and not is_left_out:
            self.fields[str(given["name"])] = given.get("value") or ""
        if tag == "script":
            self._is_data = True
        if tag == "textarea":
            self._textarea = str(given["name"])
            self.fields[self._textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._is_data = False
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.linked_data += data
        elif self._textarea is None:
            self.text += data
        if self._textarea is not None:
            # A browser drops the first line end of a textarea (HTML, 4.10.11).
            self.fields[self._textarea] += data.removeprefix("\n")

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """Return the attributes of every such element."""
        return [
            given
            for name, given in self.elements
            if name == tag and all(given.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]

    def scripts(self) -> list[str | None]:
        """Return the types of all script elements: none may be one that runs."""
        return [given.get("type") for given in self.all("script")]

    def comments(self) -> list[dict[str, Any]]:
        """Return schema.org's Comments, read as a search engine does."""
        data = json.loads(self.linked_data)
        assert data["@context"] == "https://schema.org"
        found: list[dict[str, Any]] = data["@graph"]
        assert {one["@type"] for one in found} == {"Comment"}
        return found
