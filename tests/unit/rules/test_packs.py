"""Starter packs: they compile together, hit what they are for and leave ordinary sentences alone."""

import pytest

from moderation import rules
from moderation.rules import Facts, Field, Kind

ALL = rules.compile([rule for pack in rules.packs() for rule in rules.pack_rules(pack.name)])


def categories(text: str) -> tuple[str, ...]:
    return rules.evaluate(ALL, {Field.TEXT: text}, Facts()).reasons


@pytest.mark.parametrize("pack", rules.packs(), ids=lambda pack: pack.name)
def test_a_pack_is_small_sound_and_of_one_category(pack: rules.Pack) -> None:
    listed = rules.pack_rules(pack.name)

    assert 30 <= len(listed) <= 70
    assert {rule.category for rule in listed} == {pack.name}
    assert pack.title_zh
    assert pack.title_en
    assert pack.languages == ("zh", "en")


@pytest.mark.parametrize("pack", rules.packs(), ids=lambda pack: pack.name)
def test_every_term_of_a_pack_finds_itself(pack: rules.Pack) -> None:
    listed = rules.pack_rules(pack.name)
    rule_set = rules.compile(listed)

    missed = [
        rule.term
        for rule in listed
        if rule.kind is Kind.TERM
        and rule.key
        not in {m.rule_key for m in rules.evaluate(rule_set, {Field.TEXT: rule.term}, Facts()).matches}
    ]

    assert missed == []


@pytest.mark.parametrize("pack", rules.packs(), ids=lambda pack: pack.name)
def test_every_exception_of_a_pack_forgives_its_term(pack: rules.Pack) -> None:
    listed = rules.pack_rules(pack.name)
    rule_set = rules.compile(listed)

    for rule in listed:
        for exception in rule.exceptions:
            matches = rules.evaluate(rule_set, {Field.TEXT: exception}, Facts()).matches
            assert rule.key not in {m.rule_key for m in matches}, exception


def test_an_unknown_pack_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        rules.pack_rules("../contact")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("想要资料的加薇❤信", "contact"),
        ("兼职请加我微信", "contact"),
        ("請加 微 信 領取", "contact"),
        ("Add me on WhatsApp for signals", "contact"),
        ("专业代开发票，价格优惠", "advertising"),
        ("buy cheap f o l l o w e r s", "advertising"),
        ("ＢＵＹ ＶＩＡＧＲＡ today", "advertising"),
        ("真人荷官在线", "gambling"),
        ("百★家★乐开户", "gambling"),
        ("The best online casino", "gambling"),
        ("黑户可贷，当天到账", "fraud"),
        ("Double your Bitcoin in a day", "fraud"),
        ("你就是个傻\u200b逼", "insult"),
        ("what an a s s h o l e", "insult"),
        ("专业代写作业，包过", "advertising"),
        ("Hot singles in your area!", "advertising"),
        ("福利在群里，进裙领", "contact"),
        ("add me on Telegram now", "contact"),
        ("注册即送彩金", "gambling"),
        ("claim your free bets", "gambling"),
        ("黑户也能强制下款", "fraud"),
        ("Guaranteed profit every week", "fraud"),
        ("日*你*妈", "insult"),
        ("you SCUMBAG", "insult"),
        ("在家点点手机，日入三千？不，日入3000", "advertising"),
        ("https://a.example.com https://b.example.com https://c.example.com", "advertising"),
        ("加扣扣 123456789", "contact"),
        ("电话①③⑧12345678", "contact"),
        ("群在这里 t。me/fangzi", "contact"),
        ("首存100送38", "gambling"),
        ("想学的加威信", "contact"),
        ("jia wei xin 领资料", "contact"),
        ("六盒彩内幕", "gambling"),
        ("c4sino bonus", "gambling"),
        ("信用咔套现", "fraud"),
        ("你个煞笔", "insult"),
        ("贝戋人一个", "insult"),
    ],
)
def test_the_packs_find(text: str, category: str) -> None:
    assert category in categories(text)


@pytest.mark.parametrize(
    "text",
    [
        "他们更加微信不信由你",
        "今年要增加微信支付的网点",
        "公司推出了新的产品和服务",
        "我在淘宝领过一次券，挺便宜的",
        "小区门口新开了一家超市，周末去看看",
        "学校为智障儿童开设了特殊课程",
        "老人脑残留了一些淤血，医生说要观察",
        "他的理智障碍了他的想象",
        "警方通报了一起网络诈骗案件",
        "这部电影讲的是赌徒的一生",
        "银行提醒大家保护好身份证和银行卡",
        "这个价格在厂家那里问过了",
        "彩票中心昨天开奖了",
        "我的微信好像出了点问题",
        "The pen is on the table, as so often",
        "Classic assassins pass the glass in Scunthorpe",
        "The casino town of Monaco is beautiful",
        "I read a book about betting in the 19th century",
        "My bank sent a wire transfer to pay for the prize ceremony",
        "Follow the telegram wires to the old office",
        "生日你妈妈送了什么",
        "校长的威信越来越高",
        "收件人的地址写错了",
        "打印纸张不够了",
        "他月薪5000，每月还房贷3000",
        "充100送20的话费活动昨天结束了",
        "有事请打12345热线",
        "看图表：https://example.org/a",
        "南极的企鹅群落越来越小",
        "社区为脑瘫儿童举办运动会",
        "再也回不到过去你妈妈说的那种日子",
        "快三点了，计划还没写完",
        "The bank deposits a bonus for staff",
        "Better no bets than bad ones",
    ],
)
def test_the_packs_leave_alone(text: str) -> None:
    assert categories(text) == ()
