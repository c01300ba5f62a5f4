"""docs/settings.md tells every setting with its default and bounds, and no other."""

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest

from moderation.settings import PREFIX, Settings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
ROW = re.compile(r"\| `(MODERATION_\w+)` \| (.+?) \| (.+?) \| (.+?) \|")
ROWS = {match[1]: (match[2], match[3], match[4]) for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
DECLARED = {PREFIX + field.name.upper(): field for field in fields(Settings)}


def default_as_written(field: Field[object]) -> str:
    if field.default is MISSING:
        return "(required)"
    if field.default == "":
        return "(empty)"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def test_the_page_lists_the_settings_in_their_order() -> None:
    assert list(ROWS) == list(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_the_page_tells_the_default_and_the_bounds(name: str) -> None:
    field = DECLARED[name]
    default, values, told = ROWS[name]

    assert default == default_as_written(field)
    if field.metadata:
        # The unit follows the bounds: "30–600 seconds".
        assert re.fullmatch(rf"{field.metadata['low']}–{field.metadata['high']} \w+", values)
    if field.type is bool:
        assert values == "`true`, `false`"
    assert told
