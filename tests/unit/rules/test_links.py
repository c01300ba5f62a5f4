"""Links: how people write and hide them, which rule takes which, and what only looks like one."""

from pathlib import Path

import pytest

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Kind, Rule, Span
from moderation.rules.addresses import MAX_ADDRESSES, MAX_DOTS, find_addresses
from moderation.rules.detectors import term_fault
from moderation.rules.tables import generate_suffixes


def a_rule(term: str, key: str = "link", **changes: object) -> Rule:
    values: dict[str, object] = {
        "key": key,
        "term": term,
        "action": Action.REVIEW,
        "category": "advertising",
        "severity": 50,
        "kind": Kind.LINK,
    }
    return Rule(**{**values, **changes})  # type: ignore[arg-type]


def found(text: str, *wanted: Rule) -> list[tuple[str, Channel]]:
    """Return the original text under each match and how it was read."""
    evaluation = rules.evaluate(rules.compile(wanted), {Field.TEXT: text}, Facts())
    return [(text[m.span.start : m.span.end], m.channel) for m in evaluation.matches]


@pytest.mark.parametrize(
    ("text", "link", "channel"),
    [
        pytest.param(
            "看 https://example.top/a?b=c 吧", "https://example.top/a?b=c", Channel.EXACT, id="a scheme"
        ),
        pytest.param(
            "看www.example.de吧", "www.example.de", Channel.EXACT, id="glued to Chinese on both sides"
        ),
        pytest.param("去example.com看看", "example.com", Channel.EXACT, id="a bare domain"),
        pytest.param("Example.COM", "Example.COM", Channel.EXACT, id="upper case is no disguise"),
        pytest.param(
            "(see http://example.com/x).", "http://example.com/x", Channel.EXACT, id="marks behind it"
        ),
        pytest.param("example.com:8080/x", "example.com:8080/x", Channel.EXACT, id="a port and a path"),
        pytest.param("bit.ly/3xYz", "bit.ly/3xYz", Channel.EXACT, id="a path behind a rare domain"),
        pytest.param(
            "http://a@evil.club/x", "http://a@evil.club/x", Channel.EXACT, id="a name before the host"
        ),
        pytest.param("hxxp://evil.club", "hxxp://evil.club", Channel.EXACT, id="hxxp"),
        pytest.param(
            "看百度.com吧", "看百度.com", Channel.EXACT, id="a Chinese name; text before it cannot be told"
        ),
        pytest.param(
            "http://例子.中国很大", "http://例子.中国", Channel.EXACT, id="a Chinese top-level domain"
        ),
        pytest.param("xn--fsq.com", "xn--fsq.com", Channel.EXACT, id="Punycode"),
        pytest.param("1.2.3.4/path", "1.2.3.4/path", Channel.EXACT, id="four numbers and a path"),
        pytest.param("http://1.2.3.4", "http://1.2.3.4", Channel.EXACT, id="four numbers behind a scheme"),
        pytest.param(
            "http://3232235777/", "http://3232235777/", Channel.DIGIT, id="one number for an address"
        ),
        pytest.param("http://0xc0a80101", "http://0xc0a80101", Channel.DIGIT, id="one hexadecimal number"),
        pytest.param(
            "ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ", "ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ", Channel.FOLD, id="full width"
        ),
        pytest.param(
            "exam\u200bple.com", "exam\u200bple.com", Channel.FOLD, id="an invisible character inside"
        ),
        pytest.param("example 点 com", "example 点 com", Channel.SEPARATOR, id="点 with spaces"),
        pytest.param("example點com", "example點com", Channel.SEPARATOR, id="點 without"),
        pytest.param("www点example点cn", "www点example点cn", Channel.SEPARATOR, id="two of them"),
        pytest.param("example[.]com/a", "example[.]com/a", Channel.SEPARATOR, id="a dot in brackets"),
        pytest.param("example(dot)com", "example(dot)com", Channel.SEPARATOR, id="(dot)"),
        pytest.param("example【点】com", "example【点】com", Channel.SEPARATOR, id="【点】"),
        pytest.param("example dot com", "example dot com", Channel.SEPARATOR, id="dot as a word"),
        pytest.param("example。com 快来", "example。com", Channel.SEPARATOR, id="an ideographic full stop"),
        pytest.param("example . com", "example . com", Channel.SEPARATOR, id="spaces around the dot"),
        pytest.param("163点com", "163点com", Channel.SEPARATOR, id="a number for a name"),
        pytest.param("example点c0m", "example点c0m", Channel.LEET, id="a zero in com"),
    ],
)
def test_any_link_is_found(text: str, link: str, channel: Channel) -> None:
    assert found(text, a_rule("*")) == [(link, channel)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for text in (
            "Node.js 和 Vue.js",
            "e.g. this, i.e. that",
            "see README.md or setup.py",
            "a.zip b.mov run.sh libfoo.so main.rs",
            "3.5.com 版",
            "v1.2.cn",
            "at 5 a.m. or p.m.",
            "等等.我们走吧",
            "等等。我们走吧",
            "ASP.NET 很好",
            "me@example.com",
            "john.top@example.com",
            "./tools.pro 和 ~.top",
            "src/main.cc",
            "1.2.3.4 版本",
            "1.2.3.400/x",
            "12.5 and 3.14",
            "it's ok. com is a word",
            "晚上10点com",
            "我喜欢steam。vip也有",
            "人家是.gov的",
            "1.中国 2.香港",
            "http://99999999999/",
            "http://4294967296/",
            "...com",
            "nba。cba",
            "例子.中国",
            "a.b.c",
            "U.S.A",
            "polka dot top",
            "好.me too",
            "www.",
            ".com",
            "点击com口",
            "xn--\ud800.c",
        )
    ],
)
def test_what_only_looks_like_a_link_is_none(text: str) -> None:
    assert found(text, a_rule("*")) == []


@pytest.mark.parametrize(
    ("term", "text", "link"),
    [
        pytest.param("example.com", "a.b.example.com/x", "a.b.example.com/x", id="all below a domain"),
        pytest.param("readme.md", "看readme.md", "readme.md", id="a named domain needs no other evidence"),
        pytest.param(
            "example.com", "me@example.com", "example.com", id="nor is an e-mail address another domain"
        ),
        pytest.param("example.com", "example,com", "example,com", id="a comma for the dot"),
        pytest.param("example.com", "Example. com", "Example. com", id="a space behind the dot"),
        pytest.param("EXAMPLE.com", "example.com", "example.com", id="a rule in upper case"),
        pytest.param("百度.com", "去看百度.com", "百度.com", id="a Chinese name within Chinese text"),
        pytest.param("3d打印.com", "买3d打印.com", "3d打印.com", id="a name of two scripts"),
        pytest.param(
            "例子.中国", "xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s", id="Punycode in the text"
        ),
        pytest.param("xn--fsqu00a.xn--fiqs8s", "例子.中国", "例子.中国", id="Punycode in the rule"),
        pytest.param("買.com", "买.com", "买.com", id="traditional and simplified are one"),
        pytest.param("xn--99999999.com", "xn--99999999.com", "xn--99999999.com", id="what is no Punycode"),
        pytest.param("192.168.1.1", "http://3232235777", "http://3232235777", id="one number for four"),
        pytest.param("top", "http://a.top", "http://a.top", id="a whole top-level domain"),
        pytest.param("l.com", "a.b.c.d.e.f.g.h.i.j.k.l.com", "a.b.c.d.e.f.g.h.i.j.k.l.com", id="many labels"),
    ],
)
def test_a_named_domain_is_found(term: str, text: str, link: str) -> None:
    assert [text for text, _ in found(text, a_rule(term))] == [link]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("example.com", "notexample.com", id="another name that ends alike"),
        pytest.param("example.com", "example.com.evil.net", id="another domain that begins alike"),
        pytest.param("example.com", "example.community", id="a longer top-level domain"),
        pytest.param("example.com", "http://example.com@evil.net", id="a name before the host"),
        pytest.param("top", "5。top", id="a top-level domain without evidence"),
        pytest.param("1.2.3.4", "1.2.3.4.5", id="five numbers"),
    ],
)
def test_another_domain_is_not_the_named_one(term: str, text: str) -> None:
    assert found(text, a_rule(term)) == []


def test_an_address_in_the_path_of_another_is_no_second_link() -> None:
    assert found("good.com/evil.com", a_rule("*")) == [("good.com/evil.com", Channel.EXACT)]


def test_an_allowed_link_ends_where_another_begins_in_its_path() -> None:
    text = "good.com/to?u=http://evil.com/x"

    matches = found(text, a_rule("*"), a_rule("good.com", "allowed", action=Action.ALLOW))

    assert ("http://evil.com/x", Channel.EXACT) in matches


def test_an_allow_list_takes_links_away() -> None:
    allowed = a_rule("good.com", "allowed", action=Action.ALLOW)

    evaluation = rules.evaluate(
        rules.compile([a_rule("*"), allowed]), {Field.TEXT: "www.good.com bad.com"}, Facts()
    )

    assert [(m.rule_key, m.span) for m in evaluation.matches] == [
        ("allowed", Span(0, 12)),
        ("link", Span(13, 20)),
    ]


def test_a_disguised_link_is_not_the_allowed_one() -> None:
    allowed = a_rule("good.com", "allowed", action=Action.ALLOW)

    assert found("good点com", a_rule("*"), allowed) == [("good点com", Channel.SEPARATOR)]
    assert len(found("good点com", a_rule("*", channels=frozenset({Channel.EXACT})), allowed)) == 0


def test_a_look_alike_is_not_the_allowed_link() -> None:
    allowed = a_rule("apple.com", "allowed", action=Action.ALLOW)

    assert found("\u0430pple.com", a_rule("*"), allowed) == [("\u0430pple.com", Channel.FOLD)]
    assert found("\u0430pple.com", a_rule("apple.com")) == [("\u0430pple.com", Channel.FOLD)]


def test_more_addresses_than_anyone_writes_are_reviewed() -> None:
    text = "a.md " * (MAX_ADDRESSES + 1)

    addresses, is_cut = find_addresses(text)

    assert len(addresses) == MAX_ADDRESSES
    assert is_cut
    assert rules.evaluate(rules.compile([a_rule("b.md")]), {Field.TEXT: text}, Facts()).is_truncated


def test_more_dots_than_anyone_writes_are_reviewed() -> None:
    assert find_addresses("a." * MAX_DOTS + "a") == ([], False)
    assert find_addresses("a." * (MAX_DOTS + 1) + "a") == ([], True)


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ("example.com", None),
        ("*", None),
        ("10.0.0.1", None),
        ("例子.中国", None),
        ("http://example.com", "malformed"),
        ("example.com/x", "malformed"),
        ("*.example.com", "malformed"),
        (".com", "malformed"),
        ("-a.com", "malformed"),
        ("a..com", "malformed"),
        (f"{'a' * 64}.com", "malformed"),
        ("", "malformed"),
        ("xn--.com", "malformed"),
        ("example.nowhere", "unknown"),
        ("1.2.3", "unknown"),
        (f"{'a.' * 130}com", "too-long"),
    ],
)
def test_what_a_domain_is(term: str, code: str | None) -> None:
    fault = term_fault(Kind.LINK, term)

    assert (fault and fault[0]) == code


def test_the_table_of_top_level_domains_is_what_its_script_makes() -> None:
    assert generate_suffixes.TARGET.read_text("utf-8") == generate_suffixes.generate()


def test_the_script_writes_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate_suffixes, "TARGET", tmp_path / "a_table.py")
    monkeypatch.setattr(generate_suffixes, "generate", lambda: "A = 1\n")

    generate_suffixes.main()

    assert (tmp_path / "a_table.py").read_text(encoding="utf-8") == "A = 1\n"
