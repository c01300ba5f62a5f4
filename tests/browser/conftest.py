"""A real Chromium before a real service and a sample portal on another origin."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from moderation.adapters.captcha import ArithmeticCaptcha
from moderation.adapters.clock import SystemClock
from moderation.adapters.sounds import SpokenDigits
from moderation.cli.demo.portal import create_portal
from moderation.domain.account import Role
from moderation.domain.challenge import PURPOSE, answer_parts
from moderation.domain.policy import ChallengeMode
from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Challenge
from tests.conftest import CHROMIUM, missing
from tests.factories import PASSWORD, a_site, an_account
from tests.served import served

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)
ARTEFACTS: Final = Path(__file__).parents[2] / "artefacts"
PATIENCE_MS: Final = 30_000
"""Waiting is for conditions; how long one may take is the machine's affair."""
expect.set_options(timeout=PATIENCE_MS)


ON_BOTH_DATABASES: Final = {"test_main_job", "test_race", "test_desk_killed"}
"""What a browser shows of a page is the same over either database, and `tests/http` asks every page on both. Here only
the main job, the race of two moderators and the service killed under a desk run twice."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the second database where it adds nothing but minutes."""
    here = Path(__file__).parent
    doubled = [
        item
        for item in items
        if item.path.parent == here and item.path.stem not in ON_BOTH_DATABASES and "postgres" in item.name
    ]
    items[:] = [item for item in items if item not in doubled]
    config.hook.pytest_deselected(items=doubled)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium once."""
    if shutil.which(CHROMIUM) is None:
        missing("browser", f"there is no {CHROMIUM} (MODERATION_TEST_CHROMIUM)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open a reader's page, Chinese, on a desk."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def services(services: Services) -> Services:
    """Return services of the present day with real pictures and sounds: a browser shows ages and images, and plays."""
    return replace(services, clock=SystemClock(), captcha=ArithmeticCaptcha(), sounds=SpokenDigits())


@dataclass(frozen=True)
class World:
    """The running service, the portal beside it, and where screenshots go."""

    service: str
    portal: str


@pytest.fixture
def world(app: Flask, services: Services) -> Iterator[World]:
    """Run the service with one site, one moderator (`lin`) and the sample portal."""
    with served(app) as service, served(create_portal(service, "demo")) as portal:
        with app.app_context():
            session = db.session()
            a_site(session, services, challenge=ChallengeMode.IMAGE, origins=(portal,))
            an_account(session, services, "lin", Role.SENIOR)
            db.session.remove()
        yield World(service, portal)


def sign_in(page: Page, world: World, login: str = "lin") -> None:
    """Sign in to the console and wait for the first page."""
    page.goto(f"{world.service}/console/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/console/**")


def answer_of(app: Flask, services: Services, picture_url: str) -> str:
    """Solve a challenge the way only its maker can: through the store, with the service's key."""
    challenge_id = UUID(picture_url.rpartition("/")[2].removesuffix(".webp"))
    with app.app_context():
        mac = db.session.scalars(select(Challenge.answer_mac).where(Challenge.id == challenge_id)).one()
        db.session.remove()
    answers = (str(number) for number in range(-99, 1_000))
    return next(a for a in answers if services.secrets.keyed(PURPOSE, *answer_parts(challenge_id, a)) == mac)


def photograph(page: Page, name: str) -> None:
    """Keep what the browser shows as an artefact of the run, to be looked at."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")
