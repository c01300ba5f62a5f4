"""The modules for Django and Flask: read from their pages, imported, and templates really rendered with them."""

import importlib.util
import os
import sys
from html import unescape
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import django
import pytest
from django.conf import settings as django_settings
from django.template import Context, Engine
from django.test.utils import override_settings
from flask import Flask, render_template_string

from moderation.domain.policy import Mode, SignIn
from moderation.extensions import db
from moderation.ports import Services
from tests.factories import a_site
from tests.integrate.printed import SITE, THREAD, printed
from tests.integrate.tokens import KEY_ID, SECRET, a_key, accepted_name, claims_of, token_in

SERVICE: Final = "https://comments.example"
SIGNED_IN: Final = SimpleNamespace(
    pk=7, id=7, name="王丽", is_authenticated=True, get_full_name=lambda: "王丽"
)
SIGNED_OUT: Final = SimpleNamespace(is_authenticated=False)
ARTICLE: Final = SimpleNamespace(pk=THREAD, id=THREAD, body="花海开放", url="/a", title="花海")


def imported(page: str, file: str, folder: Path) -> ModuleType:
    """Import a module as it is printed."""
    path = folder / file
    path.write_text(printed(page, file, SERVICE), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"printed_{page}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Framework:
    """Renders a printed template for a reader."""

    def render(self, template: str, user: object = None, **context: object) -> str:
        raise NotImplementedError


class WithDjango(Framework):
    def __init__(self, folder: Path) -> None:
        if not django_settings.configured:
            django_settings.configure(USE_I18N=False)
            django.setup()
        names: dict[str, Any] = {"os": os}
        exec(printed("django", "settings.py", SERVICE), names)
        self.settings = names["MODERATION"]
        imported("django", "comments.py", folder)
        self.engine = Engine(libraries={"comments": "printed_django"})

    def render(self, template: str, user: object = None, **context: object) -> str:
        request = SimpleNamespace() if user is None else SimpleNamespace(user=user)
        with override_settings(MODERATION=self.settings):
            source = printed("django", template, SERVICE)
            return str(self.engine.from_string(source).render(Context(context | {"request": request})))


class WithFlask(Framework):
    def __init__(self, folder: Path) -> None:
        self.app = Flask("portal")
        imported("flask", "comments.py", folder).register(self.app)

    def render(self, template: str, user: object = None, **context: object) -> str:
        with self.app.app_context():
            source = printed("flask", template, SERVICE)
            return render_template_string(source, current_user=user, **context)


@pytest.fixture(params=[WithDjango, WithFlask], ids=["django", "flask"])
def framework(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Framework:
    monkeypatch.setenv("MODERATION_KEY_ID", KEY_ID)
    monkeypatch.setenv("MODERATION_SECRET", SECRET)
    made: Framework = request.param(tmp_path)
    return made


def test_the_article_prints_the_line_and_the_frame(framework: Framework) -> None:
    html = framework.render("article.html", SIGNED_OUT, article=ARTICLE)

    line = f'<script src="{SERVICE}/embed.js" data-site="{SITE}" data-thread="{THREAD}" async></script>'
    assert line in html
    assert f'<noscript><iframe src="{SERVICE}/embed/v1/{SITE}/frame?thread={THREAD}"' in html


def test_a_page_without_readers_accounts_prints_the_same(framework: Framework) -> None:
    assert token_in(framework.render("article.html", article=ARTICLE)) is None


def test_names_from_a_cms_cannot_leave_their_attribute(framework: Framework) -> None:
    odd = SimpleNamespace(pk='石河 "x"><b>&1', id='石河 "x"><b>&1', body="")

    html = framework.render("article.html", SIGNED_OUT, article=odd)

    assert "<b>" not in html
    assert unescape(html.split('data-thread="')[1].split('"')[0]) == odd.pk
    assert "frame?thread=%E7%9F%B3%E6%B2%B3+%22x%22%3E%3Cb%3E%261" in html


def test_who_is_signed_in_writes_under_his_name(framework: Framework) -> None:
    html = framework.render("article.html", SIGNED_IN, article=ARTICLE)

    assert claims_of(token_in(html)) == {"iss": SITE, "aud": "moderation", "sub": "7", "name": "王丽"}


LONG_NAME: Final = "欧阳上官司马诸葛" * 8


@pytest.mark.parametrize("made", [WithDjango, WithFlask], ids=["django", "flask"])
def test_the_service_takes_the_token_and_a_long_name_shortened(
    app: Flask,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    made: type[WithDjango | WithFlask],
) -> None:
    with app.app_context():
        a_site(db.session(), services, SITE, mode=Mode.POST, sign_in=SignIn.OPTIONAL)
        db.session.remove()
    key = a_key(app, services)
    monkeypatch.setenv("MODERATION_KEY_ID", key.key_id)
    monkeypatch.setenv("MODERATION_SECRET", key.secret)
    reader = SimpleNamespace(
        pk=7, id=7, name=LONG_NAME, is_authenticated=True, get_full_name=lambda: LONG_NAME
    )

    html = made(tmp_path).render("article.html", reader, article=ARTICLE)

    assert accepted_name(app, token_in(html)) == LONG_NAME[:24]


def test_a_list_of_articles_asks_for_all_numbers_at_once(framework: Framework) -> None:
    html = framework.render(
        "list.html", articles=[ARTICLE, SimpleNamespace(pk="2", id="2", url="/b", title="x")]
    )

    assert f'<span data-moderation-count="{THREAD}"></span>' in html
    assert '<span data-moderation-count="2"></span>' in html
    assert html.count(f'<script src="{SERVICE}/count.js" data-site="{SITE}" async></script>') == 1
