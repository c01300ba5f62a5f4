"""Races on purpose: real threads, a session each, started together by a barrier."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from moderation.extensions import db

Act = Callable[[Session], Any]
Race = Callable[[Sequence[Act]], list[Any]]


@pytest.fixture
def race(app: Flask) -> Race:
    """Return a function that runs every act at the same moment and returns what each returned or raised."""
    with app.app_context():
        engine = db.engine

    def run(acts: Sequence[Act]) -> list[Any]:
        barrier = threading.Barrier(len(acts))

        def one(act: Act) -> Any:
            with Session(engine, expire_on_commit=False) as session:
                barrier.wait(timeout=20)
                try:
                    return act(session)
                except Exception as error:  # noqa: BLE001 - what a racer raised is its result
                    return error

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, acts))

    return run
