"""What links and rules make of a comment beside its verdict: whose waits, and whom a trusted record does not help."""

import pytest

from moderation.domain.comment import Status
from moderation.domain.judgement import Words, judge
from moderation.domain.policy import Mode, SitePolicy, Standing
from moderation.domain.reasons import Cause
from moderation.rules import Action, Channel, Evaluation, Field, Match, Span, Verdict

NOTHING = Evaluation(verdict=Verdict.ALLOW)


def words(text: str = "花海开得真早", nickname: str = "晨曦", link: str | None = None) -> Words:
    return Words(text=text, nickname=nickname, link=link)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(words("看 https://a.co/x"), id="an address"),
        pytest.param(words("看www.baidu.com吧"), id="an address in unspaced Chinese"),
        pytest.param(words("evil.xyz"), id="a bare domain"),
        pytest.param(words("来 example[.]com"), id="a dot in brackets"),
        pytest.param(words("来 example 点 com"), id="a dot as a word"),
        pytest.param(words("ｅｘａｍｐｌｅ．ｃｏｍ"), id="full-width letters"),
        pytest.param(words("exam\u200bple.com"), id="an invisible character within"),
        pytest.param(words("hxxps://a.pics"), id="a scheme with crosses"),
        pytest.param(words("http://3232235777/"), id="a host that is a number"),
        pytest.param(words("看 https://intranet/x"), id="a scheme before no known ending"),
        pytest.param(words(link="https://blog.example"), id="a link beside the name"),
        pytest.param(words(nickname="www.shop.cn"), id="a name that is an address"),
    ],
)
def test_a_link_is_seen_wherever_it_stands_and_however_it_is_written(written: Words) -> None:
    assert written.has_link


@pytest.mark.parametrize(
    "text",
    [
        "花海开得真早",
        "版本 1.2.3.4 很好",
        "见 readme.md",
        "写信给 me@example.com",
        "好的。谢谢",
        "e.g. 这样",
        "3.14",
        "",
    ],
)
def test_what_only_looks_like_an_address_is_no_link(text: str) -> None:
    assert not words(text).has_link


def test_a_link_makes_a_new_author_wait_where_the_site_says_so() -> None:
    linked = words("看 https://a.co")

    waits = judge(linked, NOTHING, policy=SitePolicy(mode=Mode.POST), standing=Standing.NEW)
    passes = judge(
        linked, NOTHING, policy=SitePolicy(mode=Mode.POST, links_wait=False), standing=Standing.NEW
    )
    known = judge(linked, NOTHING, policy=SitePolicy(mode=Mode.POST), standing=Standing.KNOWN)

    assert (waits.status, waits.causes) == (Status.PENDING, (Cause.FIRST_LINK,))
    assert (passes.status, known.status) == (Status.PUBLISHED, Status.PUBLISHED)


def a_match(action: Action) -> Match:
    return Match("rule", "term", Field.TEXT, Span(0, 1), Channel.EXACT, action, "other", 10)


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Action.MASK, Status.PENDING),
        (Action.SCORE, Status.PENDING),
        (Action.ALLOW, Status.PUBLISHED),
    ],
    ids=str,
)
def test_what_a_rule_notices_is_for_a_person_even_when_the_author_is_trusted(
    action: Action, status: Status
) -> None:
    noticed = Evaluation(verdict=Verdict.ALLOW, matches=(a_match(action),))

    judged = judge(words(), noticed, policy=SitePolicy(trusted_pass=True), standing=Standing.TRUSTED)

    assert judged.status is status
