"""An edit: the new text that an author wants his comment to have, not yet judged, never stored."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from moderation.domain.caller import Caller
from moderation.domain.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an author sent to change his comment, with what the edge knows of him."""

    site_key: str
    caller: Caller
    writer: Writer
    comment_id: UUID
    revision: int
    """The text he had before his eyes."""
    text: str
    nickname: str | None = None
    """None keeps the name that the comment has."""
    idempotency_key: str | None = None

    def body_hash(self) -> bytes:
        """Hash what makes two edits the same, and no edit the same as a posting."""
        parts = ("edit", str(self.comment_id), str(self.revision), self.nickname or "", self.text)
        digest = hashlib.sha256()
        for part in parts:
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(4, "big") + encoded)
        return digest.digest()
