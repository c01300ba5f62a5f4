"""A coarse name for a browser, from what it says of itself: enough to know one's own again, no more is kept."""

from typing import Final

_FAMILIES: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The first that is found counts: most browsers name others beside themselves."""
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_of_browser(user_agent: str) -> str:
    """Return a name like "Firefox · Windows"; empty when nothing in it is known."""
    families = (name for mark, name in _FAMILIES if mark in user_agent)
    systems = (name for mark, name in _SYSTEMS if mark in user_agent)
    return " · ".join(name for name in (next(families, ""), next(systems, "")) if name)
