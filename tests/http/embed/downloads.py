"""What a reader's browser downloads of the embed: named once, for the tests of its size and for the benches.

`tests/browser/test_downloads.py` holds these names against what Chromium asks for.
"""

import gzip
from collections.abc import Callable
from typing import Final

from moderation.embed.build import DIST

SCRIPTS: Final = ("/embed.js",)
STYLES: Final = ("/embed/static/embed.css",)
CATALOGUES: Final = {
    path.name.split(".")[1]: f"/embed/static/{path.name}" for path in sorted(DIST.glob("texts.*.js"))
}
"""By language; a page with a box loads one of them."""
COUNT: Final = "/count.js"


def gzipped(content: bytes) -> int:
    """Return how many bytes travel at best."""
    return len(gzip.compress(content, compresslevel=9, mtime=0))


def script_bytes(content: Callable[[str], bytes]) -> dict[str, int]:
    """Return, by language, what the scripts of a box and its catalogue weigh, file by file as they travel."""
    scripts = sum(gzipped(content(address)) for address in SCRIPTS)
    return {language: scripts + gzipped(content(address)) for language, address in CATALOGUES.items()}
