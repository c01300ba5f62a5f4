"""Numbers in the digits of Chinese: 六合彩 and 6合彩, 一八八 and 188."""

import re
from typing import Final

_NUMERALS: Final = str.maketrans("零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖幺", "0012234567891234567891")
_HAS_NUMERAL: Final = re.compile("[0-9零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖幺]")
_TEEN: Final = re.compile("十(?=[一二三四五六七八九])")


def has_numerals(text: str) -> bool:
    """Say whether a folded text has a digit or a Chinese one."""
    return _HAS_NUMERAL.search(text) is not None


def numerals(text: str) -> str:
    """Write the digits of Chinese as digits, one for one: 十三 is 13."""
    return _TEEN.sub("1", text).translate(_NUMERALS)
