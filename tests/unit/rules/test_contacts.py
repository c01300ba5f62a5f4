"""Ways to be reached elsewhere, in digits of any disguise; and numbers and words that are none."""

import pytest

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Kind, Rule
from moderation.rules.detectors import term_fault
from moderation.rules.matchers.contacts import MAX_CANDIDATES


def a_rule(term: str = "*") -> Rule:
    return Rule("contact", term, Action.REVIEW, "contact", 50, kind=Kind.CONTACT)


def found(text: str, term: str = "*") -> list[tuple[str, Channel]]:
    evaluation = rules.evaluate(rules.compile([a_rule(term)]), {Field.TEXT: text}, Facts())
    return [(text[m.span.start : m.span.end], m.channel) for m in evaluation.matches]


@pytest.mark.parametrize(
    ("text", "hit", "channel"),
    [
        pytest.param("电话13800138000。", "13800138000", Channel.EXACT, id="as it is written"),
        pytest.param("打13800138000一起去", "13800138000", Channel.EXACT, id="一 behind it is no digit"),
        pytest.param("Tel:13800138000", "13800138000", Channel.EXACT, id="behind a cue in Latin letters"),
        pytest.param("tel13800138000", "13800138000", Channel.EXACT, id="glued to a cue"),
        pytest.param("138 0013 8000", "138 0013 8000", Channel.EXACT, id="in the usual groups"),
        pytest.param("138-0013-8000", "138-0013-8000", Channel.EXACT, id="with hyphens"),
        pytest.param("1380-0138-000", "1380-0138-000", Channel.EXACT, id="in other groups with hyphens"),
        pytest.param(
            "手机 1380 0138 000", "1380 0138 000", Channel.SEPARATOR, id="in odd groups behind a cue"
        ),
        pytest.param("+86 138 0013 8000", "+86 138 0013 8000", Channel.EXACT, id="with its country"),
        pytest.param("8613800138000", "8613800138000", Channel.EXACT, id="with its country, glued"),
        pytest.param("86 138-0013-8000", "86 138-0013-8000", Channel.EXACT, id="with its country, no plus"),
        pytest.param("1 3 8 0 0 1 3 8 0 0 0", "1 3 8 0 0 1 3 8 0 0 0", Channel.SEPARATOR, id="spelled out"),
        pytest.param("1-3-8-0-0-1-3-8-0-0-0", "1-3-8-0-0-1-3-8-0-0-0", Channel.SEPARATOR, id="and hyphened"),
        pytest.param("1🍎3🍎8🍎00🍎13🍎80🍎00", "1🍎3🍎8🍎00🍎13🍎80🍎00", Channel.SEPARATOR, id="pictures"),
        pytest.param("①③⑧⓪⓪①③⑧⓪⓪⓪", "①③⑧⓪⓪①③⑧⓪⓪⓪", Channel.FOLD, id="circled digits"),
        pytest.param(
            "１３８００１３８０００", "１３８００１３８０００", Channel.FOLD, id="full-width digits"
        ),
        pytest.param("𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", Channel.FOLD, id="mathematical digits"),
        pytest.param("❶❸❽❶❸❽❶❸❽❶❸", "❶❸❽❶❸❽❶❸❽❶❸", Channel.FOLD, id="digits in black circles"),
        pytest.param(
            "一三八零零一三八零零零", "一三八零零一三八零零零", Channel.DIGIT, id="digits of Chinese"
        ),
        pytest.param("幺叁捌〇〇壹叁捌〇〇〇", "幺叁捌〇〇壹叁捌〇〇〇", Channel.DIGIT, id="formal ones"),
        pytest.param("一三八-零零一三-八零零零", "一三八-零零一三-八零零零", Channel.DIGIT, id="in groups"),
        pytest.param("1三8零0一3八000", "1三8零0一3八000", Channel.DIGIT, id="mixed"),
        pytest.param("138oo138ooo", "138oo138ooo", Channel.DIGIT, id="the letter o for zero"),
        pytest.param("010-62345678", "010-62345678", Channel.EXACT, id="a landline"),
        pytest.param("(0755)2634 5678", "0755)2634 5678", Channel.EXACT, id="an area code in brackets"),
        pytest.param("电话01062345678", "01062345678", Channel.EXACT, id="a landline behind a cue"),
        pytest.param("400-820-8820", "400-820-8820", Channel.EXACT, id="a hotline"),
        pytest.param("热线4008208820", "4008208820", Channel.EXACT, id="a hotline behind a cue"),
        pytest.param("call +1 (415) 555-2671", "+1 (415) 555-2671", Channel.EXACT, id="of another country"),
        pytest.param(
            "https://wa.me/8613800138000x", "https://wa.me/8613800138000x", Channel.EXACT, id="wa.me"
        ),
    ],
)
def test_a_phone_number_is_found(text: str, hit: str, channel: Channel) -> None:
    assert (hit, channel) in found(text, "phone")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for text in (
            "2023年12月31日 19:30:45",
            "2024-01-01 12:30:45",
            "拨打12345热线，110、120、119",
            "价格13999元，原价19999元",
            "投资13800000000元",
            "13,800,138,000",
            "1399 1499 899",
            "192.168.10.100",
            "0.13800138000",
            "2024-13800138000",
            "订单SF13800138000",
            "13800138000AB",
            "13800138000_1",
            "11010119900307123X",
            "6222021380013800138",
            "6222 0213 8001 3800 138",
            "1380 0138 0001 3800",
            "1700000000 1700000000000",
            "3.1415926535 8979",
            "比分 3-2 15-13 21-19 17-15",
            "一二三四五六七八九十",
            "一一一一一一一一一一一",
            "01012345678",
            "00000000000",
            "4008208820",
            "400 820 8820",
            "热线4000000000元",
            "10000000000人",
            "12345678901",
            "电话号码是多少",
            "C++ 2023 +100",
            "a+13812345",
            "+0 123 456 789",
            "1+234567890",
            "+1 2 3 4 5 6 7 8 9 0",
            "138\n0013\n8000",
            "1380-0138 000",
            "12 34 56 78 90 12 34 56 78 90",
            "86 12345678901",
            "wa.me/1",
        )
    ],
)
def test_another_number_is_no_phone_number(text: str) -> None:
    assert found(text, "phone") == []


@pytest.mark.parametrize(
    ("text", "hit", "channel"),
    [
        pytest.param("加QQ12345678", "QQ12345678", Channel.EXACT, id="qq"),
        pytest.param("q.q：12345678", "q.q：12345678", Channel.FOLD, id="a disguised cue"),
        pytest.param("扣扣 一二三四五六七", "扣扣 一二三四五六七", Channel.DIGIT, id="digits of Chinese"),
        pytest.param("QQ 12345六七八", "QQ 12345六七八", Channel.DIGIT, id="half in Chinese"),
        pytest.param("3扣460400676", "扣460400676", Channel.EXACT, id="half a cue before a long number"),
        pytest.param("q:1315438379", "q:1315438379", Channel.EXACT, id="and the other half"),
        pytest.param("扣 扣 ①②③④⑤⑥", "扣 扣 ①②③④⑤⑥", Channel.FOLD, id="circled digits"),
        pytest.param("企鹅号是123456哦", "企鹅号是123456", Channel.EXACT, id="a penguin in words"),
        pytest.param("🐧12345678", "🐧12345678", Channel.EXACT, id="a penguin in pictures"),
        pytest.param("Q群 123456789", "Q群 123456789", Channel.EXACT, id="a group"),
        pytest.param("进群：123456789", "进群：123456789", Channel.FOLD, id="a group without qq"),
        pytest.param("加q 1-2-3-4-5-6-7", "加q 1-2-3-4-5-6-7", Channel.SEPARATOR, id="a number spelled out"),
        pytest.param("QQ 12 34 56 78", "QQ 12 34 56 78", Channel.SEPARATOR, id="a number in pairs"),
        pytest.param("12345678是我的QQ", "12345678是我的QQ", Channel.EXACT, id="the cue behind"),
        pytest.param("jq.qq.com/?k=abc", "jq.qq.com/?k=abc", Channel.EXACT, id="an invitation"),
    ],
)
def test_a_qq_number_is_found(text: str, hit: str, channel: Channel) -> None:
    assert found(text, "qq") == [(hit, channel)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for text in (
            "QQ音乐2023年",
            "QQ群2000人",
            "QQ10000人在线",
            "QQ 2020-01-15",
            "QQ 12:30:45",
            "QQ9.7.20.29269",
            "QQ浏览器120000",
            "花了10000QQ币",
            "球球大作战 12345",
            "QQ 1234",
            "扣12345分",
            "罚扣10000000元",
            "Q: 12345 是什么",
            "IQ: 123456789",
            "QQ 123456789012",
            "QQ 012345",
            "QQ 1-2-3",
            "12345678@qq.com",
            "qq.com/",
        )
    ],
)
def test_another_number_is_no_qq_number(text: str) -> None:
    assert found(text, "qq") == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("微信abc12345", "微信abc12345"),
        ("微 信 号：abcdefg", "微 信 号：abcdefg"),
        ("vx:abcdefg", "vx:abcdefg"),
        ("VX abc_def", "VX abc_def"),
        ("vxabc12345", "vxabc12345"),
        ("wxid_abc123xyz", "wxid_abc123xyz"),
        ("加vabc12345", "vabc12345"),
        ("加V hello1", "加V hello1"),
        ("加微abcdefg", "加微abcdefg"),
        ("薇信 abc-123456", "薇信 abc-123456"),
        ("V❤：abc123", "V❤：abc123"),
        ("卫星号abc12345", "卫星号abc12345"),
        ("微信13800138000", "微信13800138000"),
        ("加v①②③④⑤⑥", "加v①②③④⑤⑥"),
        ("威信号：123456", "威信号：123456"),
        ("u.wechat.com/abc", "u.wechat.com/abc"),
    ],
)
def test_a_wechat_name_is_found(text: str, hit: str) -> None:
    assert [hit for hit, _ in found(text, "wechat")] == [hit]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for text in (
            "微信支付",
            "微信读书abc",
            "微信iPhone版",
            "微信 iphone14",
            "微信8.0.50版本",
            "微信1000000人用",
            "微信12345",
            "微信公众号abc",
            "wechat users everywhere",
            "卫星abc12345",
            "卫星发射12345次",
            "卫星 1234567",
            "wx python 和 wxWidgets3",
            "加v认证的加V用户",
            "version2024 vmware12345",
            "wechatpay",
            "加我 welcome1",
            "我的v是真的",
        )
    ],
)
def test_another_word_is_no_wechat_name(text: str) -> None:
    assert found(text, "wechat") == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("https://t.me/abcdef", "https://t.me/abcdef"),
        ("t点me/abcdef", "t点me/abcdef"),
        ("TG @handle_x", "TG @handle_x"),
        ("电报：handle99", "电报：handle99"),
        ("telegram handle_99", "telegram handle_99"),
        ("飞机@somebody", "飞机@somebody"),
    ],
)
def test_a_telegram_name_is_found(text: str, hit: str) -> None:
    assert [hit for hit, _ in found(text, "telegram")] == [hit]


@pytest.mark.parametrize(
    "text",
    [
        "飞机CA1234",
        "飞机:ca12345",
        "飞机boeing747",
        "@somebody 你好",
        "telegram channels",
        "t.me",
        "TG android14",
        "电报局",
    ],
)
def test_another_word_is_no_telegram_name(text: str) -> None:
    assert found(text, "telegram") == []


@pytest.mark.parametrize(
    ("text", "hit", "channel"),
    [
        ("邮箱abc@example.com谢谢", "abc@example.com", Channel.EXACT),
        ("first.last+tag@mail.example.co", "first.last+tag@mail.example.co", Channel.EXACT),
        ("12345678@qq.com", "12345678@qq.com", Channel.EXACT),
        ("abc＠qq.com", "abc＠qq.com", Channel.FOLD),
        ("abc@qq。com", "abc@qq。com", Channel.SEPARATOR),
        ("abc@qq点com", "abc@qq点com", Channel.SEPARATOR),
        ("abc @ qq.com", "abc @ qq.com", Channel.SEPARATOR),
        ("abc#qq.com", "abc#qq.com", Channel.SEPARATOR),
        ("a # b . com", "a # b . com", Channel.SEPARATOR),
        ("a[at]b.com", "a[at]b.com", Channel.SEPARATOR),
        ("abc(at)gmail(dot)com", "abc(at)gmail(dot)com", Channel.SEPARATOR),
        ("a 艾特 qq点com", "a 艾特 qq点com", Channel.SEPARATOR),
        ("abc at gmail dot com", "abc at gmail dot com", Channel.SEPARATOR),
        ("一二三四五六@qq.com", "一二三四五六@qq.com", Channel.EXACT),
    ],
)
def test_an_email_address_is_found(text: str, hit: str, channel: Channel) -> None:
    assert found(text, "email") == [(hit, channel)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for text in (
            "@example.com",
            "me@here",
            "user@2x.png",
            "c#asp.net",
            "look at example.com",
            "3@1.5",
            "我@你.我",
            "a@b",
            "#example.com",
            "https://a@example.com",
            "5 @ 10.5",
            "me@localhost",
            "@@@.com",
            "see #1.com",
        )
    ],
)
def test_another_sign_is_no_email_address(text: str) -> None:
    assert found(text, "email") == []


def test_each_rule_finds_its_own_kind() -> None:
    rule_set = rules.compile(
        [
            Rule(kind, kind, Action.REVIEW, "contact", 50, kind=Kind.CONTACT)
            for kind in ("qq", "email", "phone")
        ]
    )

    evaluation = rules.evaluate(rule_set, {Field.TEXT: "扣扣123456，a@b.com"}, Facts())

    assert [match.rule_key for match in evaluation.matches] == ["qq", "email"]


def test_two_phone_numbers_side_by_side_are_two() -> None:
    assert len(found("13800138000 13800138001", "phone")) == 2


@pytest.mark.parametrize("text", ["12345 " * 1_000, "1 2 3 4 5 6 7 8 9\n" * 300], ids=["one run", "many"])
def test_more_digits_than_anyone_writes_are_reviewed(text: str) -> None:
    assert rules.evaluate(rules.compile([a_rule()]), {Field.TEXT: text}, Facts()).is_truncated


@pytest.mark.parametrize("text", ["abcdef ", "10000\n"])
def test_more_candidates_than_anyone_writes_are_reviewed(text: str) -> None:
    rule_set = rules.compile([a_rule()])

    assert not rules.evaluate(rule_set, {Field.TEXT: text * MAX_CANDIDATES}, Facts()).is_truncated
    assert rules.evaluate(rule_set, {Field.TEXT: text * (MAX_CANDIDATES + 1)}, Facts()).is_truncated


@pytest.mark.parametrize(("term", "code"), [("*", None), ("qq", None), ("QQ", "unknown"), ("", "unknown")])
def test_what_a_kind_of_contact_is(term: str, code: str | None) -> None:
    fault = term_fault(Kind.CONTACT, term)

    assert (fault and fault[0]) == code
