"""Each channel finds its disguise, exactly there, and leaves innocents alone."""

import pytest

from moderation.rules.model import Channel
from tests.unit.rules.finding import found

HITS = [
    pytest.param("赌博", "来赌博吧", "赌博", Channel.EXACT, id="exact: Chinese"),
    pytest.param("casino", "a casino!", "casino", Channel.EXACT, id="exact: English"),
    pytest.param("00%1", "00%1", "00%1", Channel.EXACT, id="exact: digits with a symbol between"),
    pytest.param("赌博", "来賭博吧", "賭博", Channel.FOLD, id="fold: Chinese"),
    pytest.param("casino", "Ｃàsïnó", "Ｃàsïnó", Channel.FOLD, id="fold: English"),
    pytest.param("赌博", "去赌*博吧", "赌*博", Channel.SEPARATOR, id="separator: Chinese"),
    pytest.param("casino", "c a s i n o", "c a s i n o", Channel.SEPARATOR, id="separator: English"),
    pytest.param("六合彩", "6合彩今晚开", "6合彩", Channel.DIGIT, id="digit: for a numeral"),
    pytest.param("六合彩", "⑥合彩今晚开", "⑥合彩", Channel.DIGIT, id="digit: circled"),
    pytest.param("188", "我的一八八号", "一八八", Channel.DIGIT, id="digit: a number in Chinese"),
    pytest.param("188", "壹捌捌", "壹捌捌", Channel.DIGIT, id="digit: as on cheques"),
    pytest.param("scam", "what a scaaam", "scaaam", Channel.REPEAT, id="repeat: English"),
    pytest.param("加微信", "请加加微微信信", "加加微微信信", Channel.REPEAT, id="repeat: Chinese"),
    pytest.param("casino", "a c4s1n0!!!", "c4s1n0", Channel.LEET, id="leet: digits"),
    pytest.param("casino", "c-4-s-1-n-0", "c-4-s-1-n-0", Channel.LEET, id="leet: spelled out"),
    pytest.param("shit", "$h!t happens", "$h!t", Channel.LEET, id="leet: symbols"),
    pytest.param("骗子", "你个马扁子", "马扁子", Channel.SPLIT, id="split: two parts"),
    pytest.param("枪支", "卖木仓支", "木仓支", Channel.SPLIT, id="split: in the first character"),
    pytest.param("滚", "氵衮开", "氵衮", Channel.SPLIT, id="split: a term of one character"),
    pytest.param("加微信", "我信微加你", "信微加", Channel.REVERSED, id="reversed: Chinese"),
    pytest.param("casino", "play onisac now", "onisac", Channel.REVERSED, id="reversed: English"),
    pytest.param("笨蛋", "你这个笨🥚", "笨🥚", Channel.EMOJI, id="emoji: a picture by its name"),
    pytest.param("赌博", "一起来dubo吧", "dubo", Channel.PINYIN, id="pinyin: in one"),
    pytest.param("赌博", "一起来du bo吧", "du bo", Channel.PINYIN, id="pinyin: in syllables"),
    pytest.param("赌博", "d-u-b-o", "d-u-b-o", Channel.PINYIN, id="pinyin: letter by letter"),
    pytest.param("赌博", "网上du博", "du博", Channel.PINYIN, id="pinyin: mixed with characters"),
    pytest.param("赌博", "来堵搏吧", "堵搏", Channel.HOMOPHONE, id="homophone: both characters"),
    pytest.param("微信", "加我薇信", "薇信", Channel.HOMOPHONE, id="homophone: one character"),
    pytest.param("微信", "加徽信", "徽信", Channel.GLYPH, id="glyph: a common character"),
    pytest.param("毒品", "贩卖毐品", "毐品", Channel.GLYPH, id="glyph: a rare character"),
]


@pytest.mark.parametrize(("term", "text", "hit", "channel"), HITS)
def test_finds(term: str, text: str, hit: str, channel: Channel) -> None:
    assert (hit, channel) in found(term, text)


@pytest.mark.parametrize(("term", "text", "hit", "channel"), HITS)
def test_a_rule_finds_only_by_the_channels_it_takes(term: str, text: str, hit: str, channel: Channel) -> None:
    others = frozenset(Channel) - {channel}

    assert (hit, channel) in found(
        term, text, channels=frozenset({Channel.EXACT, channel, Channel.SEPARATOR})
    )
    assert channel not in {how for _, how in found(term, text, channels=others)}


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("casino", "casinos", id="exact: a longer word"),
        pytest.param("赌博", "赌输了博物馆的票", id="exact: the characters apart"),
        pytest.param("ass", "as %s", id="separator: a symbol that begins the next word"),
        pytest.param("ass", "was so", id="separator: two words"),
        pytest.param("外挂", "我在门外。挂钩掉了", id="separator: two sentences"),
        pytest.param("188", "一百八十八", id="digit: a number in words"),
        pytest.param("188", "3e5a188f", id="digit: a code"),
        pytest.param("六合彩", "五合彩", id="digit: another number"),
        pytest.param("妈的", "妈妈的手艺", id="repeat: a word that is said twice"),
        pytest.param("as", "ass", id="repeat: too short a term"),
        pytest.param("赌博", "赌，赌", id="repeat: said again"),
        pytest.param("sale", "sales 100%", id="leet: a number beside a word"),
        pytest.param("bet", "alph4bet", id="leet: inside a word"),
        pytest.param("骗子", "马上扁了", id="split: the components apart"),
        pytest.param("卡", "上下", id="split: a word"),
        pytest.param("赌博", "博赌", id="reversed: too short a term"),
        pytest.param("live", "evil", id="reversed: another word"),
        pytest.param("混蛋", "早餐混合🥚", id="emoji: a picture that means itself"),
        pytest.param("赌博", "rue du bois", id="pinyin: another language"),
        pytest.param("西安", "xian", id="pinyin: another syllable"),
        pytest.param("微信", "huawei信", id="pinyin: the tail of another word"),
        pytest.param("傻子", "海边的沙子", id="homophone: another word"),
        pytest.param("赌博", "独播剧场", id="homophone: other words"),
        pytest.param("微信", "国家威信", id="homophone: a word that sounds the same"),
        pytest.param("微信", "国徽信物", id="glyph: other words"),
        pytest.param("加微信", "jwx", id="initials: only on request"),
    ],
)
def test_leaves_alone(term: str, text: str) -> None:
    assert found(term, text) == []


class TestInitials:
    ASKED = frozenset({Channel.EXACT, Channel.INITIALS})

    def test_are_found_on_request(self) -> None:
        assert found("加微信", "请jwx吧", channels=self.ASKED) == [("jwx", Channel.INITIALS)]

    def test_are_found_in_whatever_case(self) -> None:
        assert found("加微信", "JWX", channels=self.ASKED) == [("JWX", Channel.INITIALS)]

    @pytest.mark.parametrize("text", ["ajwx", "jwxs", "j1wx", "jwy"])
    def test_are_whole_or_not_there(self, text: str) -> None:
        assert found("加微信", text, channels=self.ASKED) == []


@pytest.mark.parametrize(
    ("term", "text", "hit", "channel"),
    [
        pytest.param("赌博", "賭＊搏", "賭＊搏", Channel.HOMOPHONE, id="fold, separator, homophone"),
        pytest.param("赌博", "Ｄ-Ｕ-Ｂ-Ｏ", "Ｄ-Ｕ-Ｂ-Ｏ", Channel.PINYIN, id="fold, separator, pinyin"),
        pytest.param("赌博", "d·u·博", "d·u·博", Channel.PINYIN, id="pinyin spelled out, mixed"),
        pytest.param("赌博", "賭*Bo", "賭*Bo", Channel.PINYIN, id="fold, separator, mixed pinyin"),
        pytest.param("赌博", "赌赌*博博", "赌赌*博博", Channel.REPEAT, id="repeat, separator"),
        pytest.param("六合彩", "⑥-合.彩", "⑥-合.彩", Channel.DIGIT, id="fold, digit, separator"),
        pytest.param("六合彩", "6盒彩", "6盒彩", Channel.HOMOPHONE, id="digit, homophone"),
        pytest.param("骗子", "馬*扁*子", "馬*扁*子", Channel.SPLIT, id="fold, split, separator"),
        pytest.param("骗子", "馬扁-zi", "馬扁-zi", Channel.PINYIN, id="fold, split, separator, pinyin"),
        pytest.param("casino", "Ｃ-４-s-①-n-0", "Ｃ-４-s-①-n-0", Channel.LEET, id="fold, leet, separator"),
        pytest.param("加微信", "加薇xin", "加薇xin", Channel.HOMOPHONE, id="homophone, pinyin"),
        pytest.param("傻蛋", "sha🥚", "sha🥚", Channel.EMOJI, id="pinyin, emoji"),
        pytest.param(
            "赌博", "赌\u200b*\u2060搏", "赌\u200b*\u2060搏", Channel.HOMOPHONE, id="invisibles too"
        ),
    ],
)
def test_several_disguises_at_once_are_named_by_the_least_certain(
    term: str, text: str, hit: str, channel: Channel
) -> None:
    assert (hit, channel) in found(term, text)


@pytest.mark.parametrize("text", ["贝戋人一个", "你这贝戋人", "贝戋人"])
def test_components_that_could_be_put_together_otherwise_are_found(text: str) -> None:
    assert ("贝戋人", Channel.SPLIT) in found("贱人", text)


ALL = frozenset(Channel)


@pytest.mark.parametrize("channels", [None, ALL], ids=["usual channels", "all channels"])
class TestOddTexts:
    @pytest.mark.parametrize("term", ["赌博", "casino", "188", "a b", "+v", "六合彩"])
    @pytest.mark.parametrize(
        "text", ["", " ", "\n\n", "。，!!", "🎲🎲", "* * *", "\u200b\ufe0f", "👩‍👩‍👧", "\ud800", "ﷺ", "\0"]
    )
    def test_nothing_is_found_where_nothing_is_written(
        self, term: str, text: str, channels: frozenset[Channel] | None
    ) -> None:
        assert found(term, text, channels=channels) == []

    @pytest.mark.parametrize("text", ["赌", "去赌", "我爱赌", "赌*", "d", "du", "去du", "贝", "贝者", "1"])
    def test_a_text_may_end_in_the_middle_of_a_term(
        self, text: str, channels: frozenset[Channel] | None
    ) -> None:
        assert found("赌博", text, channels=channels) == []

    @pytest.mark.parametrize("text", ["00%1", "x 00%1 y", "00%1。"])
    def test_a_term_of_digits_and_a_symbol_is_found_as_written(
        self, text: str, channels: frozenset[Channel] | None
    ) -> None:
        assert found("00%1", text, channels=channels) == [("00%1", Channel.EXACT)]

    @pytest.mark.parametrize(
        "term",
        ["*赌博", "赌博*", "🖕你", "你🖕", "+v", "v+", "-赌-", "!!", "**", "🖕", "♥", ".", "+", "👍🏻"],
    )
    @pytest.mark.parametrize("frame", ["{}", "我{}他", " {} ", "。{}。"])
    def test_a_term_that_begins_or_ends_with_separators_is_found_as_written(
        self, term: str, frame: str, channels: frozenset[Channel] | None
    ) -> None:
        assert found(term, frame.format(term), channels=channels) == [(term, Channel.EXACT)]

    @pytest.mark.parametrize(
        ("term", "text"),
        [("*赌博", "赌博"), ("赌博*", "赌博"), ("🖕你", "你"), ("+v", "v"), ("v+", "v"), ("-赌-", "赌")],
    )
    def test_a_term_that_begins_or_ends_with_separators_is_not_found_without_them(
        self, term: str, text: str, channels: frozenset[Channel] | None
    ) -> None:
        assert found(term, text, channels=channels) == []
