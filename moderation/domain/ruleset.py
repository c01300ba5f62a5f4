"""States of a rule set version."""

from enum import StrEnum


class RuleSetState(StrEnum):
    """Draft until activated; at most one is active per site; the one before is retired, ready for roll-back.

    What is discarded was a draft: its number stays taken, its rules are gone.
    """

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"
    DISCARDED = "discarded"
