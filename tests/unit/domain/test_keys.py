"""The desk's keys: defaults, an account's changes, and what is refused."""

import pytest

from moderation.domain.errors import Fault
from moderation.domain.keys import DEFAULT_KEYS, GO_KEYS, KeyAction, faults_of_keys, keys_of, shown


def test_every_action_has_a_key_of_its_own() -> None:
    assert set(DEFAULT_KEYS) == set(KeyAction)
    assert len(set(DEFAULT_KEYS.values())) == len(DEFAULT_KEYS)
    assert len(set(GO_KEYS.values())) == len(GO_KEYS)
    assert faults_of_keys({}) == []


def test_a_changed_key_takes_the_place_of_the_default() -> None:
    keys = keys_of({"approve": "Space"})

    assert keys[KeyAction.APPROVE] == "Space"
    assert keys[KeyAction.REJECT] == "KeyR"


def test_an_action_of_another_version_is_passed_over() -> None:
    assert keys_of({"fly": "KeyF"}) == dict(DEFAULT_KEYS)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param({"fly": "KeyF"}, Fault("/keys/fly", "unknown"), id="an unknown action"),
        pytest.param({"approve": "Ctrl+KeyA"}, Fault("/keys/approve", "malformed"), id="no key of ours"),
        pytest.param({"approve": ""}, Fault("/keys/approve", "malformed"), id="no key at all"),
        pytest.param({"approve": "KeyR"}, Fault("/keys/reject", "taken"), id="the key of another action"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, str], fault: Fault) -> None:
    assert faults_of_keys(changed) == [fault]


def test_two_actions_may_change_places() -> None:
    assert faults_of_keys({"approve": "KeyR", "reject": "KeyA"}) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("KeyA", "a"),
        ("KeyG KeyQ", "g q"),
        ("Shift+KeyJ", "Shift j"),
        ("Shift+Digit8", "*"),
        ("Shift+Slash", "?"),
        ("Digit0", "0"),
        ("F2", "F2"),
    ],
)
def test_a_key_is_shown_as_it_stands_on_the_keyboard(key: str, text: str) -> None:
    assert shown(key) == text
