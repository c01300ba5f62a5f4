"""The site of the documents, for its pages that need no browser."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from moderation.adapters.clock import SystemClock
from moderation.ports import Services
from tests.integrate.portal import Portal, portal_beside


@pytest.fixture
def services(services: Services) -> Services:
    """Return services of the present day: tokens are made by the clock of this machine."""
    return replace(services, clock=SystemClock())


@pytest.fixture
def portal(app: Flask, services: Services) -> Iterator[Portal]:
    """Run the service with the site of the documents, and an empty portal beside it."""
    with portal_beside(app, services) as portal:
        yield portal
