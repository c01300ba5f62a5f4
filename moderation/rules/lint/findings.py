"""What the linter can find: codes, how grave each is, and its sentence in both languages."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from moderation.rules.explain import Language


class Severity(StrEnum):
    """How grave a finding is, from gravest."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Code(StrEnum):
    """What was found."""

    UNREADABLE = "unreadable"
    UNSOUND = "unsound"
    NEVER_HITS = "never-hits"
    TOO_SHORT = "too-short"
    UNGUARDED = "unguarded"
    ORDINARY_WORD = "ordinary-word"
    CHANNELS_IDLE = "channels-idle"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    DUPLICATE = "duplicate"
    SUBSUMED = "subsumed"
    EXCEPTION_IDLE = "exception-idle"
    ALLOW_IDLE = "allow-idle"
    HITS_SAMPLE = "hits-sample"


SEVERITY_OF: Final = MappingProxyType(
    {
        Code.UNREADABLE: Severity.ERROR,
        Code.UNSOUND: Severity.ERROR,
        Code.NEVER_HITS: Severity.ERROR,
        Code.TOO_SHORT: Severity.WARNING,
        Code.UNGUARDED: Severity.WARNING,
        Code.ORDINARY_WORD: Severity.WARNING,
        Code.CHANNELS_IDLE: Severity.WARNING,
        Code.EXPIRED: Severity.WARNING,
        Code.NOT_YET: Severity.HINT,
        Code.DUPLICATE: Severity.WARNING,
        Code.SUBSUMED: Severity.HINT,
        Code.EXCEPTION_IDLE: Severity.WARNING,
        Code.ALLOW_IDLE: Severity.WARNING,
        Code.HITS_SAMPLE: Severity.WARNING,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    `place` is the rule's in the sequence that was read, None for the whole set. `other` is what the term was held
    against: another term, an exception, channels, the fault. `count` of `total` are texts of a sample.
    """

    code: Code
    place: int | None
    rule_key: str
    term: str
    other: str = ""
    count: int = 0
    total: int = 0

    @property
    def severity(self) -> Severity:
        """Tell how grave the finding is."""
        return SEVERITY_OF[self.code]


_SENTENCES: Final[dict[Language, dict[Code, str]]] = {
    "zh": {
        Code.UNREADABLE: "无法读取：{other}",
        Code.UNSOUND: "规则“{term}”无法使用：{other}",
        Code.NEVER_HITS: "“{term}”永远不会命中：例外或放行词“{other}”与它相同",
        Code.TOO_SHORT: "“{term}”太短，会误中大量正常内容",
        Code.UNGUARDED: "“{term}”很短，又关闭了全部防误伤检查",
        Code.ORDINARY_WORD: "“{term}”是日常用词",
        Code.CHANNELS_IDLE: "“{term}”不可能以这些方式伪装：{other}",
        Code.EXPIRED: "“{term}”已过期，不再生效",
        Code.NOT_YET: "“{term}”尚未生效",
        Code.DUPLICATE: "“{term}”与“{other}”归一化后相同",
        Code.SUBSUMED: "“{term}”多余：照常书写时，其中的“{other}”已经命中",
        Code.EXCEPTION_IDLE: "例外“{other}”无用：其中没有“{term}”",
        Code.ALLOW_IDLE: "放行词“{term}”无用：其中没有任何规则会命中",
        Code.HITS_SAMPLE: "“{term}”命中了样本 {total} 条中的 {count} 条（{share}）",
    },
    "en": {
        Code.UNREADABLE: "cannot be read: {other}",
        Code.UNSOUND: "“{term}” cannot be used: {other}",
        Code.NEVER_HITS: "“{term}” never hits: “{other}” is an exception or an allow rule and the same",
        Code.TOO_SHORT: "“{term}” is too short and will hit much that is innocent",
        Code.UNGUARDED: "“{term}” is short and does without any guard",
        Code.ORDINARY_WORD: "“{term}” is an ordinary word",
        Code.CHANNELS_IDLE: "“{term}” cannot be disguised in these ways: {other}",
        Code.EXPIRED: "“{term}” has ended and is in force no more",
        Code.NOT_YET: "“{term}” is not in force yet",
        Code.DUPLICATE: "“{term}” and “{other}” are the same after folding",
        Code.SUBSUMED: "“{term}” is superfluous where it is written plainly: “{other}” hits in it",
        Code.EXCEPTION_IDLE: "the exception “{other}” is of no use: “{term}” is not in it",
        Code.ALLOW_IDLE: "the allow rule “{term}” is of no use: no rule hits anything in it",
        Code.HITS_SAMPLE: "“{term}” hits {count} of {total} texts of the sample ({share})",
    },
}

# Of a set-wide exception there is no term to name.
_OF_THE_SET: Final[dict[Language, str]] = {
    "zh": "全局例外“{other}”无用：其中没有任何规则会命中",
    "en": "the exception “{other}” of the set is of no use: no rule hits anything in it",
}


def sentence(finding: Finding, language: Language) -> str:
    """Say a finding."""
    is_of_the_set = finding.code is Code.EXCEPTION_IDLE and finding.place is None
    form = _OF_THE_SET[language] if is_of_the_set else _SENTENCES[language][finding.code]
    share = f"{finding.count / finding.total:.1%}" if finding.total else ""
    return form.format(
        term=finding.term, other=finding.other, count=finding.count, total=finding.total, share=share
    )
