"""The desk's keys: which physical key does what, and what an account may change of it. No storage, no page.

A key is written as `KeyboardEvent.code` gives it (`KeyA`, `Shift+KeyJ`), so that it lies in the same place under
every layout and input method. Two in a row stand with a space between them: `KeyG KeyQ`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from moderation.domain.errors import Fault


class KeyAction(StrEnum):
    """What a key can do. Its value is the action's name in forms and storage."""

    APPROVE = "approve"
    REJECT = "reject"
    SPAM = "spam"
    ESCALATE = "escalate"
    HOLD = "hold"
    BLOCK = "block"
    NEXT = "next"
    PREVIOUS = "previous"
    SELECT = "select"
    EXTEND_NEXT = "extend-next"
    EXTEND_PREVIOUS = "extend-previous"
    GROUP = "group"
    UNDO = "undo"
    CONTEXT = "context"
    AUTHOR = "author"
    THREAD = "thread"
    NOTE = "note"
    NARROW = "narrow"
    SEARCH = "search"
    HELP = "help"
    GO = "go"


DEFAULT_KEYS: Final = MappingProxyType(
    {
        KeyAction.APPROVE: "KeyA",
        KeyAction.REJECT: "KeyR",
        KeyAction.SPAM: "KeyS",
        KeyAction.ESCALATE: "KeyE",
        KeyAction.HOLD: "KeyH",
        KeyAction.BLOCK: "KeyB",
        KeyAction.NEXT: "KeyJ",
        KeyAction.PREVIOUS: "KeyK",
        KeyAction.SELECT: "KeyX",
        KeyAction.EXTEND_NEXT: "Shift+KeyJ",
        KeyAction.EXTEND_PREVIOUS: "Shift+KeyK",
        KeyAction.GROUP: "Shift+Digit8",
        KeyAction.UNDO: "KeyU",
        KeyAction.CONTEXT: "KeyC",
        KeyAction.AUTHOR: "KeyO",
        KeyAction.THREAD: "KeyT",
        KeyAction.NOTE: "KeyN",
        KeyAction.NARROW: "KeyW",
        KeyAction.SEARCH: "Slash",
        KeyAction.HELP: "Shift+Slash",
        KeyAction.GO: "KeyG",
    },
)
GO_KEYS: Final = MappingProxyType(
    {
        "waiting": "KeyQ",
        "reported": "KeyB",
        "escalated": "KeyE",
        "appealed": "KeyP",
        "patrol": "KeyW",
        "second-look": "KeyK",
        "mine": "KeyM",
        "list": "KeyL",
        "search": "KeyF",
        "rules": "KeyR",
        "overview": "KeyO",
        "audit": "KeyA",
        "settings": "KeyT",
        "people": "KeyH",
        "profile": "KeyI",
    },
)
"""The second key after `GO`, by the page it leads to. Letters of pages are the same for everybody."""
_KEY: Final = re.compile(
    r"(?:Shift\+)?(?:Key[A-Z]|Digit[0-9]|Slash|Period|Comma|Semicolon|Quote|Minus|Equal"
    r"|Bracket(?:Left|Right)|Backslash|Backquote|Space|Enter|Backspace|Delete"
    r"|Arrow(?:Up|Down|Left|Right)|F[1-9])"
)
_SHOWN: Final = MappingProxyType(
    {
        "Slash": "/", "Period": ".", "Comma": ",", "Semicolon": ";", "Quote": "'", "Minus": "-", "Equal": "=",
        "BracketLeft": "[", "BracketRight": "]", "Backslash": "\\", "Backquote": "`", "ArrowUp": "↑",
        "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→", "Enter": "⏎", "Backspace": "⌫", "Space": "␣",
        "Shift+Slash": "?", "Shift+Digit8": "*",
    },
)  # fmt: skip


def keys_of(changed: Mapping[str, str]) -> dict[KeyAction, str]:
    """Return an account's keys: the defaults with its own changes. What is no action (any more) is passed over."""
    known = {KeyAction(name): key for name, key in changed.items() if name in set(KeyAction)}
    return {**DEFAULT_KEYS, **known}


def faults_of_keys(changed: Mapping[str, str]) -> list[Fault]:
    """Say what is wrong with changes: an unknown action, a key that is none, or one key for two actions."""
    faults = [Fault(f"/keys/{name}", "unknown") for name in changed if name not in set(KeyAction)]
    faults += [
        Fault(f"/keys/{name}", "malformed") for name, key in changed.items() if not _KEY.fullmatch(key)
    ]
    if faults:
        return faults
    holders: dict[str, KeyAction] = {}
    for action, key in keys_of(changed).items():
        if key in holders:
            faults.append(Fault(f"/keys/{action}", "taken"))
        holders.setdefault(key, action)
    return faults


def shown(key: str) -> str:
    """Write a key as it stands on a keyboard: `a`, `Shift j`, `*`."""
    return " ".join(_one(part) for part in key.split())


def _one(key: str) -> str:
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("Shift+"):
        return f"Shift {_one(key.removeprefix('Shift+'))}"
    return key.removeprefix("Key").removeprefix("Digit").lower() if key.startswith(("Key", "Digit")) else key
