"""What docs/integrate prints, read from the pages: what a reader would paste is what the tests run."""

import re
from pathlib import Path
from typing import Final

PAGES: Final = Path(__file__).parents[2] / "docs" / "integrate"
ADDRESS: Final = "https://comments.example"
SITE: Final = "news"
THREAD: Final = "1553855"
_BLOCK: Final = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def printed(page: str, wanted: str, service: str) -> str:
    """Return the one block of a page with this language or file name, said of a service that runs here.

    Only the address is changed: it is the one thing that cannot be had on this machine.
    """
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    (found,) = (body for language, name, body in _BLOCK.findall(text) if wanted in {language, name})
    return str(found).replace(ADDRESS, service)


def policy(page: str, service: str) -> str:
    """Return the content security policy of a page that allows what the page says, and nothing else."""
    return f"default-src 'none'; {printed(page, 'csp', service).strip()}"
