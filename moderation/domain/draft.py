"""A draft: a submitted text not yet judged, never stored. And everything that can be wrong with one.

Both doors (JSON and the plain form) check a draft here, so that they refuse the same things. Databases disagree on
what they take (PostgreSQL refuses NUL and counts characters, SQLite does neither): nothing reaches them unchecked.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

from moderation.domain.comment import (
    MAX_LINK_CHARS,
    MAX_NICKNAME_CHARS,
    MAX_THREAD_KEY_CHARS,
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    is_blank,
)
from moderation.domain.errors import Fault
from moderation.domain.writer import Writer

MAX_ANSWER_CHARS = 32
MAX_PROOF_CHARS = 2_048
"""Three times what an honest proof of work takes."""
MAX_IDEMPOTENCY_KEY_CHARS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader sent, with what the edge knows of the sender."""

    site_key: str
    origin: str | None
    """The page's origin as the browser says it; None when the request named none."""
    is_own_page: bool = False
    """Sent by this service's own page for readers without JavaScript, which only the site's origins may frame."""
    client: str
    """The client's address, already cut to what counts as one client (`domain.client`)."""
    thread_key: str
    text: str
    nickname: str
    thread_title: str | None = None
    thread_url: str | None = None
    parent_id: UUID | None = None
    link: str | None = None
    challenge_id: UUID | None = None
    challenge_answer: str | None = None
    challenge_proof: str | None = None
    is_waived: bool = False
    """The reader of the page without JavaScript can use no challenge. Taken from that page alone; such comments wait."""
    writer: Writer | None = None
    """None where the request named nobody."""
    idempotency_key: str | None = None

    def signed(self) -> "Draft":
        """Return the draft under the name by which the portal calls its writer, if it names him."""
        if self.writer is None or self.writer.nickname is None:
            return self
        return replace(self, nickname=self.writer.nickname)

    def body_hash(self) -> bytes:
        """Hash what makes two postings the same: not the challenge, which a retry may have solved anew."""
        parts = (self.thread_key, str(self.parent_id), self.nickname, self.link or "", self.text)
        digest = hashlib.sha256()
        for part in parts:
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(4, "big") + encoded)
        return digest.digest()


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot encode."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_AUTHOR_TOKEN = re.compile(r"mod_author_[A-Za-z0-9_-]{43}")
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")


def faults_of(draft: Draft, *, max_text_chars: int) -> list[Fault]:
    """List every fault of a draft, in the order of its fields."""
    faults = [
        *faults_of_thread_key(draft.thread_key),
        *faults_of_string("/thread_title", draft.thread_title, MAX_TITLE_CHARS, is_line=True),
        *_faults_of_url("/thread_url", draft.thread_url, MAX_URL_CHARS),
        *faults_of_string("/nickname", draft.nickname, MAX_NICKNAME_CHARS, is_line=True),
        *_faults_of_url("/link", draft.link, MAX_LINK_CHARS),
        *faults_of_string("/text", draft.text, max_text_chars),
        *faults_of_string("/challenge_answer", draft.challenge_answer, MAX_ANSWER_CHARS, is_line=True),
        *faults_of_string("/challenge_proof", draft.challenge_proof, MAX_PROOF_CHARS, is_line=True),
    ]
    for pointer, required in (("/nickname", draft.nickname), ("/text", draft.text)):
        if is_blank(required) and not any(fault.pointer == pointer for fault in faults):
            faults.append(Fault(pointer, "blank"))
    return faults


def faults_of_thread_key(key: str) -> list[Fault]:
    """List the faults of a thread key: any string of 1–512 storable characters will do."""
    if not key:
        return [Fault("/thread", "blank")]
    return faults_of_string("/thread", key, MAX_THREAD_KEY_CHARS)


def is_idempotency_key(key: str) -> bool:
    """Say whether a string may serve as an Idempotency-Key: 1–255 visible ASCII characters."""
    return _VISIBLE_ASCII.fullmatch(key) is not None


def is_author_token(token: str) -> bool:
    """Say whether a string has the shape of an author's token."""
    return _AUTHOR_TOKEN.fullmatch(token) is not None


def faults_of_string(pointer: str, value: str | None, most: int, *, is_line: bool = False) -> list[Fault]:
    """List the faults of any string that is to be stored; a `line` takes no control characters either."""
    if value is None:
        return []
    faults = []
    if len(value) > most:
        faults.append(Fault(pointer, "too-long", most))
    if _UNSTORABLE.search(value):
        faults.append(Fault(pointer, "unstorable-character"))
    elif is_line and _CONTROL.search(value):
        faults.append(Fault(pointer, "control-character"))
    return faults


def _faults_of_url(pointer: str, value: str | None, most: int) -> list[Fault]:
    faults = faults_of_string(pointer, value, most, is_line=True)
    if value is None or faults:
        return faults
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_web = False
    # A space would let one address pretend to be two in an attribute or a log.
    if not is_web or any(character.isspace() for character in value):
        return [Fault(pointer, "not-a-web-address")]
    return []
