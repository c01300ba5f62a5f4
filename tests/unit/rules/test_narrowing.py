"""Suggested exceptions: the shortest ordinary words around a match, never the match itself."""

import pytest

from moderation import rules
from moderation.rules import Action, Facts, Field, Rule, suggest_exception


@pytest.mark.parametrize(
    ("text", "match", "exception"),
    [
        ("我们提供产品和服务", "和服", "和服务"),
        ("门外挂着灯笼", "外挂", "门外挂"),
        ("我用微信支付了", "微信", "微信支付"),
        ("赌博罪是重罪", "赌博", "赌博罪"),
        ("他是个傻子哥", "傻子", "个傻子哥"),
        ("please buy casino chips now", "casino", "buy casino chips"),
        ("ＣＡＳＩＮＯ 好玩", "ＣＡＳＩＮＯ", "ＣＡＳＩＮＯ 好玩"),
        ("加❤微❤信领资料", "加❤微❤信", "加❤微❤信领"),
        ("去商店，买外挂", "外挂", "买外挂"),
        ("傻子", "傻子", None),
        ("说，傻子！", "傻子", None),
        ("㌀", "", None),
        ("casino" + "x" * 100, "casino", None),
    ],
)
def test_an_exception_is_the_shortest_words_around_a_match(
    text: str, match: str, exception: str | None
) -> None:
    start = text.index(match)

    assert suggest_exception(text, start, start + len(match)) == exception


@pytest.mark.parametrize("text", ["门外挂着灯笼", "他家外挂一幅画", "买 外 挂 的人", "ｗａｉ外挂"])
def test_a_suggested_exception_takes_the_match_away_and_no_other(text: str) -> None:
    rule = Rule("k", "外挂", Action.REVIEW, "other", 50, guards=frozenset())

    def hits(read: str, *exceptions: str) -> list[rules.Match]:
        ruled = Rule("k", "外挂", Action.REVIEW, "other", 50, exceptions, guards=rule.guards)
        return list(rules.evaluate(rules.compile([ruled]), {Field.TEXT: read}, Facts()).matches)

    (found,) = hits(text)
    exception = suggest_exception(text, found.span.start, found.span.end)

    assert exception is not None
    assert hits(text, exception) == []
    assert len(hits("卖外挂的", exception)) == 1
