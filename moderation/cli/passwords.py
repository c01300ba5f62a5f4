"""Passwords made for people, who read them from a terminal and type them once."""

import secrets
import sys

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what looks alike (i l 1 o 0)."""
_GROUPS, _GROUP_CHARS = 4, 4


def generate() -> str:
    """Make a password of 79 bits: `k7pw-x2mn-…`."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))


def read_stdin() -> str:
    """Read a password from the first line of stdin, so that it stands neither in a shell's history nor in `ps`."""
    return sys.stdin.readline().rstrip("\r\n")
