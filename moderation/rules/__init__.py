"""The pure rule library: `compile` rules, `evaluate` texts, `explain` evaluations.

Standard library and one matching engine only; no web, no database, no clock. See docs/rules.md.
"""

from moderation.rules.compile import compile, dump, load  # noqa: A004 -- used as `rules.compile`
from moderation.rules.detectors import has_link
from moderation.rules.documents import Defaults, Document, Format, read, read_document, write, write_document
from moderation.rules.errors import (
    DocumentError,
    Fault,
    FoldMismatch,
    LineFault,
    RuleSetDamaged,
    RuleSetError,
)
from moderation.rules.evaluate import evaluate
from moderation.rules.explain import Sentence, explain
from moderation.rules.masking import mask
from moderation.rules.model import (
    CATEGORIES,
    CONFIDENCE,
    Action,
    Channel,
    Evaluation,
    Facts,
    Field,
    Guard,
    Kind,
    Match,
    Rule,
    Span,
    Thresholds,
    Verdict,
)
from moderation.rules.narrowing import suggest_exception
from moderation.rules.normalise import FOLD_VERSION, Normalised, normalise
from moderation.rules.packs import Pack, pack_rules, packs
from moderation.rules.preparing import prepare
from moderation.rules.ruleset import RuleSet

__all__ = [
    "CATEGORIES",
    "CONFIDENCE",
    "FOLD_VERSION",
    "Action",
    "Channel",
    "Defaults",
    "Document",
    "DocumentError",
    "Evaluation",
    "Facts",
    "Fault",
    "Field",
    "FoldMismatch",
    "Format",
    "Guard",
    "Kind",
    "LineFault",
    "Match",
    "Normalised",
    "Pack",
    "Rule",
    "RuleSet",
    "RuleSetDamaged",
    "RuleSetError",
    "Sentence",
    "Span",
    "Thresholds",
    "Verdict",
    "compile",
    "dump",
    "evaluate",
    "explain",
    "has_link",
    "load",
    "mask",
    "normalise",
    "pack_rules",
    "packs",
    "prepare",
    "read",
    "read_document",
    "suggest_exception",
    "write",
    "write_document",
]
