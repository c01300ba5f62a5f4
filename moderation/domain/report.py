"""Reports: what one weighs, and what their weight does to a comment. No storage."""

from enum import StrEnum


class ReportState(StrEnum):
    """What came of a report."""

    OPEN = "open"
    UPHELD = "upheld"
    """A person refused the comment."""
    DISMISSED = "dismissed"
    """A person left it, or let it through."""
