"""Receipt codes: written, and read again however a person types them."""

import pytest

from moderation.domain.receipts import code_of, normalised


def test_a_code_is_80_bits_in_groups() -> None:
    assert code_of(bytes(range(32))) == "aaaq-eayE-AUDA-OCAJ".lower()
    assert code_of(b"\xff" * 32) == "7777-7777-7777-7777"


@pytest.mark.parametrize("typed", ["abcd-efgh-ijkl-mnop", "ABCD EFGH IJKL MNOP", " abcdefghijklmnop\n"])
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert normalised(typed) == "abcd-efgh-ijkl-mnop"


@pytest.mark.parametrize(
    "typed", ["", "abcd", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mnopq", "\x00" * 16, "a" * 10_000]
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert normalised(typed) is None
