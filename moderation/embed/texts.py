"""The language of the page without JavaScript, and how it says what it says (`domain.texts`)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from moderation.domain.texts import Overrides, fill, page_texts

Language = Literal["zh-CN", "zh-TW", "en"]

_DATES: Final[Mapping[Language, str]] = MappingProxyType(
    {
        "zh-CN": "{moment.year}年{moment.month}月{moment.day}日",
        "zh-TW": "{moment.year} 年 {moment.month} 月 {moment.day} 日",
        "en": "{moment.day} {moment:%b %Y}",
    }
)


def sentences(lang: Language, overrides: Overrides) -> dict[str, str]:
    """Return what the page says in a language, in the site's own words where it has any."""
    return page_texts(lang, overrides)


def ago(created_at: str, *, now: datetime, lang: Language, said: Mapping[str, str]) -> str:
    """Say how long ago a comment was written; after a week its date, without a time that would need a zone."""
    moment = datetime.fromisoformat(created_at)
    minutes = max(0, int((now - moment).total_seconds() // 60))
    steps = (("now", 1, 1), ("minutes", 60, 1), ("hours", 1440, 60), ("days", 10080, 1440))
    for key, below, unit in steps:
        if minutes < below:
            return fill(said[key], n=minutes // unit)
    return date(moment, lang)


def date(moment: datetime, lang: Language) -> str:
    """Write a day as the language does, in UTC: a time of day would need the reader's zone."""
    return _DATES[lang].format(moment=moment)
