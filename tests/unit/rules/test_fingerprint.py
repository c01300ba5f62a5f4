"""Fingerprints: near copies find each other, distinct texts and small talk do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules.fingerprint import ALIKE, Essence, bands, essence, likeness

KEY = b"k" * 32
ADVERT = "专业团队代办各类手续，价格实惠当天出结果，有需要的朋友联系电话13812345678"


def share(one: str, other: str) -> int:
    """Count the bands of two texts that are equal."""
    return len(set(bands(essence(one), key=KEY)) & set(bands(essence(other), key=KEY)))


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(ADVERT.replace("13812345678", "13987654321"), id="another telephone number"),
        pytest.param(" ".join(ADVERT), id="spaces between the letters"),
        pytest.param("🔥".join(ADVERT), id="pictures between the letters"),
        pytest.param("\u200b".join(ADVERT), id="invisible characters"),
        pytest.param(ADVERT.replace("，", "！！！"), id="other punctuation"),
        pytest.param(
            ADVERT.replace("专业团队", "專業團隊").replace("朋友联系", "朋友聯繫"), id="traditional"
        ),
        pytest.param(ADVERT.replace("13812345678", "１３８１２３４５６７８"), id="full width"),
    ],
)
def test_another_dress_leaves_the_essence_as_it_was(copy: str) -> None:
    assert essence(copy) == essence(ADVERT)
    assert bands(essence(copy), key=KEY) == bands(essence(ADVERT), key=KEY)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(ADVERT.replace("实惠", "优惠"), id="one letter changed"),
        pytest.param(ADVERT.replace("各类", ""), id="a word left out"),
        pytest.param(ADVERT + "xq7fz1", id="a random tail"),
        pytest.param("@花开半夏 " + ADVERT, id="an address before it"),
    ],
)
def test_a_near_copy_shares_bands_and_is_alike(copy: str) -> None:
    assert share(ADVERT, copy) >= 1
    assert likeness(essence(ADVERT), essence(copy)) >= ALIKE


def test_distinct_texts_share_no_band_and_are_not_alike() -> None:
    other = "昨天傍晚在河边散步，看到好多人在放风筝，孩子们跑来跑去很热闹"

    assert share(ADVERT, other) == 0
    assert likeness(essence(ADVERT), essence(other)) < ALIKE


@pytest.mark.parametrize(
    "text", ["顶", "支持", "哈哈哈哈哈哈哈哈哈哈哈哈", "写得真好！", "6666666", "🎉🎉🎉", "沙发沙发"]
)
def test_small_talk_has_no_fingerprint(text: str) -> None:
    assert not essence(text).is_telling
    assert bands(essence(text), key=KEY) == ()


def test_digits_count_where_a_text_says_little_else() -> None:
    assert essence("1楼") != essence("2楼")


def test_pictures_alone_are_their_own_essence() -> None:
    assert essence("🎉🎉").text == "🎉🎉"
    assert essence("🎉🎉") != essence("🌧")


def test_a_short_telling_text_fills_every_bin() -> None:
    of = essence("一二三四五六七八")

    assert of.is_telling
    assert len(set(bands(of, key=KEY))) == 8


def test_another_key_gives_another_fingerprint() -> None:
    of = essence(ADVERT)

    assert not set(bands(of, key=KEY)) & set(bands(of, key=b"j" * 32))


def test_every_number_fits_a_signed_column_of_64_bits() -> None:
    assert all(-(2**63) <= band < 2**63 for band in bands(essence(ADVERT), key=KEY))


@pytest.mark.parametrize(
    ("one", "other", "alike"), [("", "", 1.0), ("", "a", 0.0), ("ab", "ab", 1.0), ("a", "b", 0.0)]
)
def test_likeness_is_defined_for_texts_without_pairs(one: str, other: str, alike: float) -> None:
    assert likeness(Essence(one, is_telling=False), Essence(other, is_telling=False)) == alike


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_is_symmetric_and_a_share(one: str, other: str) -> None:
    first, second = essence(one), essence(other)

    assert likeness(first, second) == likeness(second, first)
    assert 0.0 <= likeness(first, second) <= 1.0


@given(st.text(max_size=300))
def test_any_text_has_all_bands_or_none(text: str) -> None:
    assert len(bands(essence(text), key=KEY)) == (8 if essence(text).is_telling else 0)
