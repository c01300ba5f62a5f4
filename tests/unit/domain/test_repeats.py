"""Which group a text belongs to."""

from moderation.domain.repeats import KnownText, group_of
from moderation.rules.fingerprint import essence

ADVERT = "专业团队代办各类手续，价格实惠当天出结果"
OTHER = "昨天傍晚在河边散步，看到好多人在放风筝"


def test_a_text_belongs_to_the_group_it_is_most_like() -> None:
    known = [
        KnownText(b"near", ADVERT.replace("实惠", "优惠").replace("当天", "次日")),
        KnownText(b"nearest", ADVERT.replace("实惠", "优惠")),
        KnownText(b"other", OTHER),
    ]

    assert group_of(essence(ADVERT), known) == b"nearest"


def test_a_text_that_is_like_none_belongs_to_no_group() -> None:
    assert group_of(essence(ADVERT), [KnownText(b"other", OTHER)]) is None
    assert group_of(essence(ADVERT), []) is None


def test_an_erased_text_is_like_nothing() -> None:
    assert group_of(essence(ADVERT), [KnownText(b"erased", "")]) is None
