"""Baked tables of the fold, of words, sounds and looks, and the script that makes them."""

import sys
from importlib import import_module
from types import ModuleType


def passing(name: str) -> ModuleType:
    """Give a table to be read once and let go: what is made of it is kept, and smaller than its constants."""
    full_name = f"{__name__}.{name}"
    is_held = full_name in sys.modules
    table = import_module(full_name)
    if not is_held:
        sys.modules.pop(full_name, None)
        globals().pop(name, None)
    return table
