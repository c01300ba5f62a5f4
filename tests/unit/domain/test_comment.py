"""What a status may become, which texts show nothing, which names a site may have."""

from itertools import product

import pytest

from moderation.domain.comment import TRANSITIONS, Status, is_blank, is_site_key, may_become
from moderation.domain.events import EVENT_AFTER
from moderation.domain.review import STATUS_AFTER, DecisionKind

ALLOWED = {
    (Status.PENDING, Status.PUBLISHED),
    (Status.PENDING, Status.REJECTED),
    (Status.PENDING, Status.WITHDRAWN),
    (Status.PENDING, Status.ERASED),
    (Status.PUBLISHED, Status.PENDING),
    (Status.PUBLISHED, Status.REJECTED),
    (Status.PUBLISHED, Status.WITHDRAWN),
    (Status.PUBLISHED, Status.ERASED),
    (Status.REJECTED, Status.PENDING),
    (Status.REJECTED, Status.PUBLISHED),
    (Status.REJECTED, Status.WITHDRAWN),
    (Status.REJECTED, Status.ERASED),
    (Status.WITHDRAWN, Status.ERASED),
}


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)), ids=str)
def test_a_status_becomes_only_what_it_may(old: Status, new: Status) -> None:
    assert may_become(old, new) == ((old, new) in ALLOWED)


def test_every_status_has_its_transitions_and_its_event() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert set(EVENT_AFTER) == set(Status)


def test_an_approval_publishes_and_a_rejection_rejects_and_nothing_else_names_a_status() -> None:
    assert STATUS_AFTER == {DecisionKind.APPROVE: Status.PUBLISHED, DecisionKind.REJECT: Status.REJECTED}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing at all"),
        pytest.param(" \t\n\u3000\u00a0", id="spaces of every width"),
        pytest.param("\u200b\u200d\u2060\ufeff", id="zero-width characters"),
        pytest.param("\u202e\u2066\u2069", id="directions for a text that is not there"),
        pytest.param("\u3164\u115f\u1160\uffa0", id="Hangul fillers"),
        pytest.param("\u2800", id="a blank Braille cell"),
        pytest.param("\ufe0f\ufe0e", id="variation selectors"),
        pytest.param("\U000e0100\U000e01ef", id="the other variation selectors"),
        pytest.param("\u180b\u180f", id="Mongolian variation selectors"),
        pytest.param("\u0301\u0489", id="accents without a letter"),
        pytest.param("\U000e0041\U000e007f", id="tags without a flag"),
        pytest.param("\U0001d159", id="a null notehead"),
        pytest.param("\u2065\ufff0", id="code points set aside for invisible ones"),
    ],
)
def test_a_text_that_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("好", id="a character"),
        pytest.param(" . ", id="a full stop among spaces"),
        pytest.param("👍", id="an emoji"),
        pytest.param("👨‍👩‍👧", id="a family joined by zero-width joiners"),
        pytest.param("❤️", id="a heart with a variation selector"),
        pytest.param("e\u0301", id="a letter with its accent apart"),
        pytest.param("\U0001fae8", id="an emoji younger than this Python"),
        pytest.param("\U0001fae9", id="an emoji of Unicode 16"),
        pytest.param("\ue000", id="a private character, drawn by the reader's font"),
        pytest.param("𠮷", id="a rare character beyond the first plane"),
        pytest.param("ا", id="a letter written from right to left"),
    ],
)
def test_a_text_that_shows_something_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("key", ["demo", "a", "0", "a-b", "x" * 64])
def test_a_plain_slug_names_a_site(key: str) -> None:
    assert is_site_key(key)


@pytest.mark.parametrize("key", ["", "-a", "a-", "A", "a_b", "a.b", "x" * 65, "新闻", "a\n", "a\x00", "a/b"])
def test_anything_else_does_not(key: str) -> None:
    assert not is_site_key(key)
