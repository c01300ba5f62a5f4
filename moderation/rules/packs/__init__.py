"""Starter packs: small, precise lists written for this project, off until an operator chooses them.

Kept as CSV beside this file, in the same format that operators use. No political terms, ever: such lists belong
to the law and the house rules of the operator. A term that hits ordinary sentences is taken out, not excused.
"""

from dataclasses import dataclass
from importlib import resources
from typing import Final

from moderation.rules.documents import Format, read
from moderation.rules.model import Rule


@dataclass(frozen=True, slots=True)
class Pack:
    """What to show of a pack before it is chosen; `version` rises whenever its terms change."""

    name: str
    title_zh: str
    title_en: str
    version: int
    languages: tuple[str, ...] = ("zh", "en")


_PACKS: Final = (
    Pack("advertising", "广告推广", "Advertising", 2),
    Pack("contact", "联系方式引流", "Contact details", 2),
    Pack("gambling", "赌博", "Gambling", 2),
    Pack("fraud", "诈骗", "Fraud", 2),
    Pack("insult", "辱骂", "Insults", 2),
)


def packs() -> tuple[Pack, ...]:
    """List the packs in the order to show them."""
    return _PACKS


def pack_rules(name: str) -> list[Rule]:
    """Read the rules of a pack; raises KeyError for a name that `packs` does not list."""
    if name not in {pack.name for pack in _PACKS}:
        raise KeyError(name)
    source = resources.files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return read(source, Format.CSV)
