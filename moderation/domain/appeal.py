"""Appeals: who may object to what, and until when. No storage."""

from enum import StrEnum


class AppealState(StrEnum):
    """What came of an appeal."""

    OPEN = "open"
    GRANTED = "granted"
    """Somebody else let the comment through."""
    DENIED = "denied"
    """Somebody else refused it too."""
