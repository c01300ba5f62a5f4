"""Leave out of the embed's files what only their authors read: comments, types and indentation.

Not a minifier: names, statements and lines stay as written, so that what a reader's browser shows in its tools is the
repository's code. It relies on the house's style (no comment marks inside strings, no strings of several lines);
`tests/browser/stub` runs the embed in this form.
"""

import re
from typing import Final

_BLOCK: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE: Final = re.compile(r"^\s*//.*$|\s// .*$", re.MULTILINE)
_SPACE: Final = re.compile(r"\s*\n\s*")


def slim(source: str) -> str:
    """Return JavaScript or CSS without comments, blank lines and indentation."""
    return _SPACE.sub("\n", _LINE.sub("", _BLOCK.sub("", source))).strip() + "\n"
