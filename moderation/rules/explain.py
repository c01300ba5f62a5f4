"""Evaluation → sentences for moderators, in the console's two languages. Authors never see which rule matched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, assert_never

from moderation.rules.model import Channel, Evaluation, Field, Kind, Match, Span, Verdict
from moderation.rules.scoring import own_verdict, strictest, verdict_of_score

Language = Literal["zh", "en"]

_InBoth = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to tell; `match` is None where it concerns the whole comment."""

    text: str
    match: Match | None = None


_FIELDS: Final[Mapping[Field, _InBoth]] = {
    Field.TEXT: {"zh": "", "en": ""},
    Field.NICKNAME: {"zh": "昵称：", "en": "nickname: "},
    Field.LINK: {"zh": "链接：", "en": "link: "},
}

_CHANNELS: Final[Mapping[Channel, _InBoth]] = {
    Channel.EXACT: {"zh": "命中“{term}”", "en": "matched “{term}”"},
    Channel.FOLD: {"zh": "还原写法后命中“{term}”", "en": "matched “{term}” after undoing its spelling"},
    Channel.SEPARATOR: {"zh": "去掉间隔符号后命中“{term}”", "en": "matched “{term}” after removing symbols"},
    Channel.DIGIT: {
        "zh": "还原变形数字后命中“{term}”",
        "en": "matched “{term}” after reading disguised digits",
    },
    Channel.REPEAT: {
        "zh": "去掉重复字符后命中“{term}”",
        "en": "matched “{term}” after removing repeated characters",
    },
    Channel.LEET: {"zh": "数字当作字母：命中“{term}”", "en": "matched “{term}” with digits read as letters"},
    Channel.SPLIT: {
        "zh": "合并拆开的字后命中“{term}”",
        "en": "matched “{term}” after joining split characters",
    },
    Channel.REVERSED: {"zh": "倒着读：命中“{term}”", "en": "matched “{term}” written backwards"},
    Channel.PINYIN: {"zh": "拼音：命中“{term}”", "en": "matched “{term}” written in pinyin"},
    Channel.EMOJI: {"zh": "表情当作文字：命中“{term}”", "en": "matched “{term}” with pictures read as words"},
    Channel.HOMOPHONE: {"zh": "读音相同：命中“{term}”", "en": "matched “{term}” by its sound"},
    Channel.GLYPH: {"zh": "字形相近：命中“{term}”", "en": "matched “{term}” by its look"},
    Channel.INITIALS: {
        "zh": "拼音首字母：命中“{term}”",
        "en": "matched “{term}” by the initials of its pinyin",
    },
}

_ANY: Final = "*"

_CONTACTS: Final[Mapping[str, _InBoth]] = {
    "phone": {"zh": "手机号", "en": "a phone number"},
    "qq": {"zh": "QQ 号", "en": "a QQ number"},
    "wechat": {"zh": "微信号", "en": "a WeChat name"},
    "telegram": {"zh": "Telegram 帐号", "en": "a Telegram name"},
    "email": {"zh": "邮箱", "en": "an e-mail address"},
}

# Of the measures of `matchers/shape.py`; {bound} is a number.
_SHAPES: Final[Mapping[str, _InBoth]] = {
    "caps": {"zh": "大写字母不少于 {bound}%", "en": "capital letters: {bound}% or more"},
    "repeats": {"zh": "同一字符连续不少于 {bound} 次", "en": "one character in a row: {bound} or more"},
    "length": {"zh": "长度不少于 {bound} 个字符", "en": "characters: {bound} or more"},
    "lines": {"zh": "不少于 {bound} 行", "en": "lines: {bound} or more"},
    "links": {"zh": "链接不少于 {bound} 个", "en": "links: {bound} or more"},
    "digits": {"zh": "数字不少于 {bound}%", "en": "digits: {bound}% or more"},
    "scripts": {"zh": "文字种类不少于 {bound} 种", "en": "writing systems: {bound} or more"},
    "marks": {
        "zh": "附加符号和不可见字符不少于 {bound}%",
        "en": "combining and invisible characters: {bound}% or more",
    },
    "emoji": {"zh": "表情符号不少于 {bound} 个", "en": "emoji: {bound} or more"},
}

_LINK: Final[_InBoth] = {"zh": "含指向 {term} 的链接", "en": "contains a link to {term}"}
_ANY_LINK: Final[_InBoth] = {"zh": "含链接", "en": "contains a link"}
_CONTACT: Final[_InBoth] = {"zh": "含联系方式（{contact}）", "en": "contains {contact}"}
_ANY_CONTACT: Final[_InBoth] = {"zh": "含联系方式", "en": "contains a way to get in touch"}
_PATTERN: Final[_InBoth] = {"zh": "命中表达式 {term}", "en": "matched the pattern {term}"}
_SHAPE: Final[_InBoth] = {"zh": "整体形态：{term}", "en": "the shape of the text: {term}"}

# Behind what was found, where it was not there to be read.
_DISGUISED: Final[_InBoth] = {"zh": "，写法经过变形", "en": ", in disguise"}
_UNSURE: Final[_InBoth] = {"zh": "（把握较小）", "en": " (less certain)"}

_BY_SCORE: Final[Mapping[Verdict, _InBoth]] = {
    Verdict.REVIEW: {
        "zh": "各项合计 {score} 分，达到复核线 {bound}",
        "en": "all together weigh {score}: from {bound} on, a person looks",
    },
    Verdict.BLOCK: {
        "zh": "各项合计 {score} 分，达到拦截线 {bound}",
        "en": "all together weigh {score}: from {bound} on, it is blocked",
    },
}

_TRUNCATED: Final[_InBoth] = {
    "zh": "内容过长或命中过多，未能全部检查",
    "en": "too long, or too many matches: not checked to the end",
}


def explain(evaluation: Evaluation, language: Language) -> list[Sentence]:
    """Tell why an evaluation came out as it did, one sentence for each match that is worth telling.

    Then follow what concerns the whole comment: that no single rule decided but the sum of them, and that not all
    of it was read.
    """
    certain = evaluation.thresholds.certain
    sentences = [
        Sentence(
            _FIELDS[match.field][language]
            + _what(match, language)
            + (_UNSURE[language] if match.confidence < certain else ""),
            match,
        )
        for match in leftmost_longest(evaluation.matches)
    ]
    if by_score := _by_score(evaluation, language):
        sentences.append(Sentence(by_score))
    if evaluation.is_truncated:
        sentences.append(Sentence(_TRUNCATED[language]))
    return sentences


def leftmost_longest(matches: tuple[Match, ...]) -> list[Match]:
    """Pick, per field and category, the matches that do not overlap an earlier or wider one; of like ones the surest.

    All matches are kept in the evaluation, for statistics; people want each place told once. The shape of a text
    is no place, hence hides nothing that is in it.
    """
    told: dict[tuple[Field, str, str | None], Span] = {}
    picked = []
    for match in sorted(matches, key=_telling_order):
        beside = match.field, match.category, match.term if match.kind is Kind.SHAPE else None
        last = told.get(beside)
        if last is None or match.span.start >= last.end:
            told[beside] = match.span
            picked.append(match)
    return picked


def _telling_order(match: Match) -> tuple[int, int, int, int, int]:
    return (
        _FIELD_ORDER[match.field],
        match.span.start,
        -match.span.end,
        -match.confidence,
        -match.severity,
    )


_FIELD_ORDER: Final = {field: place for place, field in enumerate(Field)}


def _what(match: Match, language: Language) -> str:
    """Tell what was found, by the kind of the rule."""
    if match.kind is Kind.TERM:
        return _CHANNELS[match.channel][language].format(term=match.term)
    disguise = "" if match.channel is Channel.EXACT else _DISGUISED[language]
    return name_of(match.kind, match.term, language) + disguise


def name_of(kind: Kind, term: str, language: Language) -> str:
    """Name a rule in short by what it looks for: its words, or what its detector finds."""
    match kind:
        case Kind.TERM:
            return term
        case Kind.PATTERN:
            return _PATTERN[language].format(term=term)
        case Kind.LINK:
            return (_ANY_LINK if term == _ANY else _LINK)[language].format(term=term)
        case Kind.CONTACT:
            if term not in _CONTACTS:
                return _ANY_CONTACT[language]
            return _CONTACT[language].format(contact=_CONTACTS[term][language])
        case Kind.SHAPE:
            measure, _, bound = (part.strip() for part in term.partition(">="))
            return _SHAPES.get(measure, _SHAPE)[language].format(term=term, bound=bound)
        case _:
            assert_never(kind)


def _by_score(evaluation: Evaluation, language: Language) -> str | None:
    """Say that the sum of all matches decided, where no single rule would have done so."""
    thresholds = evaluation.thresholds
    by_score = verdict_of_score(evaluation.score, thresholds)
    alone = strictest(own_verdict(match, thresholds) for match in evaluation.matches)
    if by_score is Verdict.ALLOW or strictest([by_score, alone]) is alone:
        return None
    bound = thresholds.block if by_score is Verdict.BLOCK else thresholds.review
    return _BY_SCORE[by_score][language].format(score=evaluation.score, bound=bound)
