"""Receipt codes: what a reader keeps to see later what became of his comment, or of his report.

`abcd-efgh-ijkl-mnop`: 80 bits in base 32, so that nobody finds another one's by trying, and a person can copy it. The
code is derived from the id of what it stands for, under the service's key, and only its hash is kept: a posting that
is repeated gets the same code, and a stolen table opens no page.
"""

import base64
import re
from collections.abc import Callable, Iterable
from enum import StrEnum

BYTES = 10
_GROUP_CHARS = 4
_CODE = re.compile(r"[a-z2-7]{16}")
PURPOSE = "receipt"


class ReceiptKind(StrEnum):
    """What a receipt is for."""

    COMMENT = "comment"
    REPORT = "report"


def code_of(mac: bytes) -> str:
    """Write the first 80 bits of a keyed hash as a receipt code."""
    text = base64.b32encode(mac[:BYTES]).decode().lower()
    return "-".join(text[at : at + _GROUP_CHARS] for at in range(0, len(text), _GROUP_CHARS))


def normalised(text: str) -> str | None:
    """Return the code that somebody typed, in whatever case and grouping; None where it can be none."""
    plain = re.sub(r"[\s-]", "", text).lower() if len(text) <= 64 else ""
    if not _CODE.fullmatch(plain):
        return None
    return "-".join(plain[at : at + _GROUP_CHARS] for at in range(0, len(plain), _GROUP_CHARS))


def code_of_kept(macs: Iterable[bytes], kept: bytes | None, digest: Callable[[str], bytes]) -> str | None:
    """Return the code whose hash was kept, of those that the keys still accepted make of its id.

    None where there never was one, or where its key has been retired since: the code itself holds all the same, for
    it is found by its hash alone.
    """
    return next((code for code in map(code_of, macs) if digest(code) == kept), None)
