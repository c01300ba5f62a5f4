"""What rules would do to a sample of real texts: which hit, and how many."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from moderation.rules.compile import compile as compile_rules
from moderation.rules.evaluate import evaluate
from moderation.rules.lint.findings import Code, Finding
from moderation.rules.lint.subjects import unsound
from moderation.rules.model import Action, Facts, Field, Rule, Verdict

MUCH: Final = 0.02
"""A share of ordinary texts that hardly any single rule is meant to hit."""
_FEW_TEXTS: Final = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """What came of a sample: texts in all, how many got each verdict, and how many each rule (by place) hit."""

    total: int
    verdicts: Mapping[Verdict, int]
    hits: Mapping[int, int]

    def most_hitting(self, most: int) -> list[tuple[int, int]]:
        """List the rules that hit the most, as place and count; of equals the earlier first."""
        return sorted(self.hits.items(), key=lambda each: (-each[1], each[0]))[:most]


def try_sample(
    rules: Sequence[Rule], texts: Iterable[str], *, exceptions: Sequence[str] = (), now: int = 0
) -> Sample:
    """Read every text with the rules that are sound; `allow` rules are not counted among those that hit."""
    broken = {finding.place for finding in unsound(rules)}
    rule_set = compile_rules(
        (replace(rule, key=str(place)) for place, rule in enumerate(rules) if place not in broken),
        exceptions=exceptions,
    )
    verdicts: Counter[Verdict] = Counter()
    hits: Counter[int] = Counter()
    for text in texts:
        found = evaluate(rule_set, {Field.TEXT: text}, Facts(now=now))
        verdicts[found.verdict] += 1
        hits.update({int(m.rule_key) for m in found.matches if m.action is not Action.ALLOW})
    return Sample(verdicts.total(), verdicts, hits)


def findings_of_sample(rules: Sequence[Rule], sample: Sample) -> list[Finding]:
    """Find the rules that hit more of a sample than a rule should, if it was one of ordinary texts."""
    return [
        Finding(Code.HITS_SAMPLE, place, rules[place].key, rules[place].term, "", count, sample.total)
        for place, count in sample.most_hitting(len(rules))
        if count >= max(_FEW_TEXTS, sample.total * MUCH)
    ]
