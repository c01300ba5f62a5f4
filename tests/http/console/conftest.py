"""A site with comments that wait, and moderators at their desks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.account import Role
from moderation.ports import Services
from tests.factories import a_comment, a_site, an_account


@dataclass
class Desk:
    """One moderator's browser without script: what stands on the table is read from the page."""

    browser: FlaskClient

    def table(self, path: str = "/console/queue") -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def claim(self, **form: str) -> str:
        answer = self.browser.post("/console/claim", data={"queue": "waiting", **form})
        assert answer.status_code == 303, answer.text
        return self.table(answer.headers["Location"])

    def form(self, page: str) -> tuple[str, dict[str, str]]:
        """Return where the form of the card on the table goes, and its hidden fields."""
        found = re.search(r'<form class="decide"[^>]*? action="([^"]+)"(.*?)</form>', page, re.DOTALL)
        assert found is not None, "no card on the table"
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[2])
        return found[1], dict(hidden)

    def decide(self, page: str, ruling: str, **more: str) -> TestResponse:
        address, hidden = self.form(page)
        return self.browser.post(address, data=hidden | {"ruling": ruling, **more})

    def call(self, path: str, **form: object) -> TestResponse:
        """Ask as the page's script does."""
        return self.browser.post(path, data=form, headers={"Accept": "application/json"})


AtDesk = Callable[[str], Desk]


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a pre-moderated site and its people: two moderators and a senior."""
    site_id = a_site(session, services)
    an_account(session, services, "lin")
    an_account(session, services, "wang")
    an_account(session, services, "chen", Role.SENIOR)
    an_account(session, services, "smith", language="en")
    return site_id


@pytest.fixture
def at_desk(sign_in: Callable[[str], FlaskClient]) -> AtDesk:
    """Return a function that puts an account at a desk."""
    return lambda login: Desk(sign_in(login))


@pytest.fixture
def two_comments(site: UUID, session: Session, services: Services) -> list[UUID]:
    """Post two comments that wait, the older first."""
    del site
    return [
        a_comment(session, services, text).comment_id
        for text in ("第一条：花海开得真早", "第二条：停车场够不够")
    ]
