"""Which language a page speaks: the account's on the console, else what the browser asks for."""

from babel.support import NullTranslations
from flask import Flask, g, has_app_context, request
from flask_babel import get_translations
from flask_babel.speaklater import LazyString
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


# Sentences ---------------------------------------------------------------------------------------


def register(app: Flask) -> None:
    """Let templates ask the kept catalogue."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the extension i18n
        gettext=lambda sentence: _catalogue().ugettext(sentence),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )


def lazy_gettext(sentence: str) -> LazyString:
    """Return a sentence that is translated where it is shown."""
    return LazyString(gettext, sentence)


def gettext(sentence: str, **values: object) -> str:
    """Return a sentence in the present language, with its values."""
    found = str(_catalogue().ugettext(sentence))
    return found % values if values else found


def _catalogue() -> NullTranslations:
    """Return the catalogue of the present page: looked up once a request, for a card asks it a hundred times."""
    if not has_app_context():
        return NullTranslations()
    kept: NullTranslations | None = g.get("catalogue")
    if kept is None:
        kept = g.catalogue = get_translations()
    return kept
