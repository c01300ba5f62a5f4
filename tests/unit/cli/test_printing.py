"""What commands print: tables, marked texts, passwords, progress."""

import pytest
from click import unstyle
from hypothesis import given
from hypothesis import strategies as st

from moderation.cli import output, passwords
from moderation.cli.rules import marking
from moderation.cli.watching import PASSES, Watched
from moderation.domain.account import MIN_PASSWORD_CHARS
from moderation.rules import Action, Span


def test_columns_stand_under_each_other_also_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name", "n"), [("沁湾在线", "1"), ("news", "22")])

    assert unstyle(capsys.readouterr().out).splitlines() == ["name      n", "沁湾在线  1", "news      22"]


def test_an_empty_table_says_so_to_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name",), [])

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "(none)\n"


def test_a_text_is_marked_where_rules_hit_it() -> None:
    marked = marking.marked("请加微信吧", [(Span(1, 4), Action.REVIEW)])

    assert unstyle(marked) == "请[加微信]吧"
    assert "\x1b[33m" in marked


def test_the_gravest_of_overlapping_rules_colours_the_place() -> None:
    marked = marking.marked("abc", [(Span(0, 3), Action.MASK), (Span(1, 2), Action.BLOCK)])

    assert unstyle(marked) == "[a][b][c]"
    assert marked.index("\x1b[31m") < marked.index("[b]") < marked.rindex("\x1b[36m")


@given(
    text=st.text(min_size=1, max_size=30),
    spans=st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30)), max_size=5),
)
def test_marking_loses_no_character(text: str, spans: list[tuple[int, int]]) -> None:
    hits = [(Span(a, b), Action.BLOCK) for a, b in spans if a < b <= len(text)]

    assert unstyle(marking.marked(text, hits)).replace("[", "").replace("]", "") == marking.visible(
        text
    ).replace("[", "").replace("]", "")


def test_a_made_password_is_long_enough_and_never_the_same() -> None:
    made = {passwords.generate() for _ in range(50)}

    assert len(made) == 50
    assert all(len(password) >= MIN_PASSWORD_CHARS for password in made)
    assert all(not set(password) & set("il1o0") for password in made)


class CountingBar:
    def __init__(self) -> None:
        self.steps = 0

    def update(self, n_steps: int) -> None:
        self.steps += n_steps


def test_a_watched_sequence_is_the_same_sequence_and_tells_how_far_it_was_read() -> None:
    bar = CountingBar()
    watched = Watched(range(1_203), bar)

    assert list(watched) == list(range(1_203))
    assert (len(watched), watched[7], list(watched[2:4])) == (1_203, 7, [2, 3])
    assert bar.steps == 1_203
    assert PASSES == 2
