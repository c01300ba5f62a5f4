"""Where values of a JSON text stand."""

import json

import pytest

from moderation.rules.json_lines import lines_of

SOURCE = """
{"a" : [1,
  {"b": "]\\n[",
   "c": []},
  [],
  {} ],

 "d":
   {"e": {"f": 1}},
 "d": 2
}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("a",), 2),
        (("a", 0), 2),
        (("a", 1), 3),
        (("a", 1, "b"), 3),
        (("a", 1, "c"), 4),
        (("a", 2), 5),
        (("a", 3), 6),
        (("d",), 10),
        (("d", "e"), 9),
    ],
)
def test_each_value_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert json.loads(SOURCE)
    assert lines_of(SOURCE, depth=3)[path] == line


def test_no_value_below_the_depth_is_looked_for() -> None:
    assert lines_of(SOURCE, depth=1).keys() == {(), ("a",), ("d",)}


def test_a_bare_value_has_a_line_too() -> None:
    assert lines_of("\n 3", depth=2) == {(): 2}
