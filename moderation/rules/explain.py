"""Evaluation → sentences for moderators, in the console's two languages. Authors never see which rule matched."""

from dataclasses import dataclass
from typing import Final, Literal

from moderation.rules.model import Channel, Evaluation, Field, Match, Span

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to tell; `match` is None where it concerns the whole comment."""

    text: str
    match: Match | None = None


_FIELDS: Final[dict[Language, dict[Field, str]]] = {
    "zh": {Field.TEXT: "", Field.NICKNAME: "昵称：", Field.LINK: "链接："},
    "en": {Field.TEXT: "", Field.NICKNAME: "nickname: ", Field.LINK: "link: "},
}

_CHANNELS: Final[dict[Language, dict[Channel, str]]] = {
    "zh": {
        Channel.EXACT: "命中“{term}”",
        Channel.FOLD: "还原写法后命中“{term}”",
        Channel.SEPARATOR: "去掉间隔符号后命中“{term}”",
        Channel.DIGIT: "还原伪装数字后命中“{term}”",
        Channel.REPEAT: "合并重复字符后命中“{term}”",
        Channel.LEET: "还原代替字母的数字后命中“{term}”",
        Channel.SPLIT: "合并拆开的字后命中“{term}”",
        Channel.REVERSED: "倒着读命中“{term}”",
        Channel.EMOJI: "还原表情符号后命中“{term}”",
        Channel.PINYIN: "按拼音读命中“{term}”",
        Channel.HOMOPHONE: "读音相同：命中“{term}”",
        Channel.GLYPH: "字形相近：命中“{term}”",
        Channel.INITIALS: "按拼音首字母读命中“{term}”",
    },
    "en": {
        Channel.EXACT: "matched “{term}”",
        Channel.FOLD: "matched “{term}” after undoing its spelling",
        Channel.SEPARATOR: "matched “{term}” after removing symbols",
        Channel.DIGIT: "matched “{term}” after reading disguised digits",
        Channel.REPEAT: "matched “{term}” after undoing repeated characters",
        Channel.LEET: "matched “{term}” after reading digits as letters",
        Channel.SPLIT: "matched “{term}” after joining split characters",
        Channel.REVERSED: "matched “{term}” read backwards",
        Channel.EMOJI: "matched “{term}” after reading pictures as words",
        Channel.PINYIN: "matched “{term}” written in pinyin",
        Channel.HOMOPHONE: "matched “{term}” by its sound",
        Channel.GLYPH: "matched “{term}” by its looks",
        Channel.INITIALS: "matched “{term}” by the initials of its pinyin",
    },
}

_TRUNCATED: Final[dict[Language, str]] = {
    "zh": "内容过长或命中过多，未能全部检查",
    "en": "too long, or too many matches: not checked to the end",
}


def explain(evaluation: Evaluation, language: Language) -> list[Sentence]:
    """Tell why an evaluation came out as it did, one sentence for each match that is worth telling."""
    sentences = [
        Sentence(_FIELDS[language][m.field] + _CHANNELS[language][m.channel].format(term=m.term), m)
        for m in leftmost_longest(evaluation.matches)
    ]
    if evaluation.is_truncated:
        sentences.append(Sentence(_TRUNCATED[language]))
    return sentences


def leftmost_longest(matches: tuple[Match, ...]) -> list[Match]:
    """Pick, per field and category, the matches that do not overlap an earlier or wider one.

    All matches are kept in the evaluation, for statistics; people want each place told once.
    """
    told: dict[tuple[Field, str], Span] = {}
    picked = []
    for match in matches:
        last = told.get((match.field, match.category))
        if last is None or match.span.start >= last.end:
            told[match.field, match.category] = match.span
            picked.append(match)
    return picked
