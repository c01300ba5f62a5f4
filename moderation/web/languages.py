"""Which language a page speaks: the account's on the console, else what the browser asks for."""

from flask import request
from flask_login import current_user

CONSOLE = {"zh-CN": "zh_Hans_CN", "en": "en"}
"""Languages by their web names (BCP 47), with the catalogue that holds them."""
DEFAULT = "zh-CN"


def tag() -> str:
    """Return the language of the present page as a web name."""
    if current_user and current_user.is_authenticated:
        language: str = current_user.signed_in.language
        return language
    return (
        request.accept_languages.best_match(["zh-CN", "zh", "en"], DEFAULT)
        .replace("zh-CN", "zh")
        .replace("zh", "zh-CN")
    )


def chosen() -> str:
    """Return the catalogue of the present page, for Flask-Babel."""
    return CONSOLE[tag()]
