"""What evaluation needs is made of the tables, and the tables are let go."""

import sys

import pytest

from moderation import rules
from moderation.rules import tables
from moderation.rules.tables import sound_table
from moderation.rules.vocabulary import chinese_words, english_words

TABLE = "moderation.rules.tables.split_table"


def test_a_table_is_let_go_after_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, TABLE, raising=False)

    table = tables.passing("split_table")

    assert "骗马扁" in table.SPLITS
    assert TABLE not in sys.modules


def test_a_table_that_someone_holds_stays() -> None:
    assert tables.passing("sound_table") is sound_table
    assert sys.modules[sound_table.__name__] is sound_table


def test_preparing_leaves_nothing_to_make_for_the_first_text() -> None:
    rules.prepare()
    made = chinese_words.cache_info().misses, english_words.cache_info().misses

    rules.evaluate(rules.compile([]), {rules.Field.TEXT: "加 v 信 hello 🐔"}, rules.Facts())

    assert made == (chinese_words.cache_info().misses, english_words.cache_info().misses) == (1, 1)
