"""The account's keys in templates: `key("approve")` for `data-key`, `shown_key("approve")` for its `<kbd>`."""

from flask_login import current_user

from moderation.console import blueprint
from moderation.domain.keys import DEFAULT_KEYS, GO_KEYS, KeyAction, keys_of, shown


def _keys() -> dict[KeyAction, str]:
    if not current_user.is_authenticated:
        return dict(DEFAULT_KEYS)
    return keys_of(current_user.signed_in.keys)


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
