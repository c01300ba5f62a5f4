"""The linter of rule lists: what an author surely did not mean, and what a rule will do that he may not expect.

Pure: rules in, findings out. A list of 100,000 is read in seconds: whatever compares rules does so by the engine that
finds them in texts, never each with each.
"""

from collections.abc import Mapping, Sequence

from moderation.rules.lint.alone import findings_of_one
from moderation.rules.lint.findings import Code, Finding, Severity, sentence
from moderation.rules.lint.sample import Sample, findings_of_sample, try_sample
from moderation.rules.lint.subjects import subjects_of, unsound
from moderation.rules.lint.together import findings_of_all
from moderation.rules.model import Rule

__all__ = [
    "Code",
    "Finding",
    "Sample",
    "Severity",
    "findings_of_sample",
    "lint",
    "sentence",
    "try_sample",
]


def lint(
    rules: Sequence[Rule],
    *,
    exceptions: Sequence[str] = (),
    now: int | None = None,
    word_costs: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Find what is wrong or odd in rules and the exceptions of all of them, in the order of the rules.

    `now` is in unix seconds; without it no rule has expired. `word_costs` are the words that count as ordinary
    (`vocabulary.chinese_words()`); without them none does. Findings of the whole set come last.
    """
    faults = unsound(rules)
    broken = {finding.place for finding in faults}
    sound = [subject for subject in subjects_of(rules) if subject.place not in broken]
    found = [
        *faults,
        *(finding for subject in sound for finding in findings_of_one(subject, now, word_costs or {})),
        *findings_of_all(sound, exceptions),
    ]
    return sorted(found, key=lambda finding: len(rules) if finding.place is None else finding.place)
