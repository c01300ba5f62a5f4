"""A portal that a test writes page by page, and the site whose comments stand on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, abort

from moderation.domain.policy import Mode, SignIn
from moderation.extensions import db
from moderation.ports import Services
from tests.factories import ORIGIN, a_comment, a_site
from tests.integrate.printed import SITE, THREAD
from tests.served import served

TYPES = {"js": "text/javascript", "html": "text/html"}


@dataclass
class Portal:
    """Pages by path, and the policy that all of them are under."""

    service: str = ""
    url: str = ""
    policy: str = "default-src 'none'"
    pages: dict[str, str] = field(default_factory=dict)

    def app(self) -> Flask:
        made = Flask("portal")

        @made.get("/<path:name>")
        def page(name: str) -> Response:
            if name == "favicon.ico":
                return Response(status=204)  # every browser asks for it
            if name not in self.pages:
                abort(404)
            answer = Response(self.pages[name], mimetype=TYPES[name.rpartition(".")[2]])
            answer.headers["Content-Security-Policy"] = self.policy
            return answer

        return made

    def article(self, body: str, *, head: str = "", name: str = "article.html") -> str:
        """Write a page and return its address."""
        self.pages[name] = (
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>花海开放</title>{head}</head>'
            f"<body><h1>花海开放</h1>\n{body}</body></html>"
        )
        return f"{self.url}/{name}"


@contextmanager
def portal_beside(app: Flask, services: Services) -> Iterator[Portal]:
    """Run the service with the site of the documents, which publishes at once, and an empty portal."""
    portal = Portal()
    with served(app) as portal.service, served(portal.app()) as portal.url:
        with app.app_context():
            session = db.session()
            origins = (portal.url, ORIGIN)
            a_site(session, services, SITE, mode=Mode.POST, origins=origins, sign_in=SignIn.OPTIONAL)
            db.session.remove()
        yield portal


def say(app: Flask, services: Services, text: str, *, thread: str = THREAD, origin: str) -> None:
    """Publish a comment."""
    with app.app_context():
        session = db.session()
        a_comment(session, services, text, site_key=SITE, thread_key=thread, origin=origin)
        db.session.remove()
