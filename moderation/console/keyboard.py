"""The account's keys in templates: `key("approve")` for `data-key`, `shown_key("approve")` for its `<kbd>`."""

from types import MappingProxyType
from typing import Final

from flask import g
from flask_login import current_user

from moderation.console import blueprint
from moderation.domain.keys import DEFAULT_KEYS, GO_KEYS, KeyAction, keys_of, shown
from moderation.web.languages import lazy_gettext

_A: Final = KeyAction
HELP: Final = (
    (
        lazy_gettext("Decide"),
        (
            ((_A.APPROVE,), lazy_gettext("Approve")),
            ((_A.REJECT,), lazy_gettext("Reject, with a reason")),
            ((_A.SPAM,), lazy_gettext("Reject as advertising, at once")),
            ((_A.ESCALATE,), lazy_gettext("Escalate")),
            ((_A.HOLD,), lazy_gettext("Put on hold for yourself")),
            ((_A.GROUP,), lazy_gettext("Decide all similar ones together")),
            ((_A.UNDO,), lazy_gettext("Undo the last decision, and the one before")),
        ),
    ),
    (
        lazy_gettext("Look"),
        (
            ((_A.NEXT, _A.PREVIOUS), lazy_gettext("Next, previous comment")),
            ((_A.CONTEXT,), lazy_gettext("Context")),
            ((_A.AUTHOR, _A.THREAD), lazy_gettext("The author, the thread")),
            ((_A.NOTE,), lazy_gettext("Note")),
            ((_A.BLOCK,), lazy_gettext("Block the author, for how long")),
            ((_A.NARROW,), lazy_gettext("Narrow the rule that hit wrongly")),
            ((_A.SEARCH,), lazy_gettext("Search")),
        ),
    ),
    (
        lazy_gettext("In lists"),
        (
            ((_A.SELECT,), lazy_gettext("Select")),
            ((_A.EXTEND_NEXT, _A.EXTEND_PREVIOUS), lazy_gettext("Extend the selection")),
            ((_A.GROUP,), lazy_gettext("Select all similar ones")),
        ),
    ),
)
"""What the keys do, as the dialog for help tells it."""
PAGES: Final = MappingProxyType(
    {
        "waiting": lazy_gettext("Waiting"),
        "reported": lazy_gettext("Reported"),
        "escalated": lazy_gettext("Escalated"),
        "appealed": lazy_gettext("Appeals"),
        "patrol": lazy_gettext("Patrol"),
        "second-look": lazy_gettext("Second looks"),
        "mine": lazy_gettext("Mine"),
        "list": lazy_gettext("List"),
        "search": lazy_gettext("Search"),
        "rules": lazy_gettext("Rules"),
        "overview": lazy_gettext("Overview"),
        "audit": lazy_gettext("Audit"),
        "settings": lazy_gettext("Settings"),
        "people": lazy_gettext("People"),
        "profile": lazy_gettext("Profile"),
    },
)


def _keys() -> dict[KeyAction, str]:
    """Return the keys of whoever is signed in; looked up once a request, since a card asks some forty times."""
    if "keys" not in g:
        is_known = current_user.is_authenticated
        g.keys = keys_of(current_user.signed_in.keys) if is_known else dict(DEFAULT_KEYS)
    found: dict[KeyAction, str] = g.keys
    return found


@blueprint.app_template_global("key")
def key(action: str) -> str:
    """Return the key of an action as the script reads it."""
    return _keys()[KeyAction(action)]


@blueprint.app_template_global("shown_key")
def shown_key(action: str) -> str:
    """Return the key of an action as a person reads it."""
    return shown(key(action))


@blueprint.app_template_global("go_key")
def go_key(page: str) -> str:
    """Return the two keys that lead to a page, as the script reads them."""
    return f"{_keys()[KeyAction.GO]} {GO_KEYS[page]}"


@blueprint.app_template_global("shown_go_key")
def shown_go_key(page: str) -> str:
    """Return the two keys that lead to a page, as a person reads them."""
    return shown(go_key(page))


@blueprint.app_template_global("key_help")
def key_help() -> object:
    """Return what the keys do, in groups."""
    return HELP


@blueprint.app_template_global("key_pages")
def key_pages() -> object:
    """Return the names of the pages that keys lead to."""
    return PAGES


@blueprint.app_template_global("shown")
def shown_as(code: str) -> str:
    """Return a key given by its code as a person reads it."""
    return shown(code)
