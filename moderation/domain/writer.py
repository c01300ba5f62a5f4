"""Who writes, as far as the edge knows: by the token of his browser, or by name, where the portal signed him in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A reader who writes, likes, reports or asks for what is his. Never an account of the desk."""

    author_hash: bytes
    """Finds his author on a site (`Author.token_hash`): the digest of his browser's token, or one made of `subject`."""
    subject: str | None = None
    """The portal's own, unchanging name for him; None for whom nobody signed in."""
    nickname: str | None = None
    """What the portal calls him; it then stands over his comments, whatever he typed."""
    is_verified: bool = False
    """The portal vouches for who he is."""
