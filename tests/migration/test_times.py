"""Migration 0013, with figures: hours of before are counted again, and nothing stays that the release before cannot read."""

from typing import Any, Final

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, inspect, text
from sqlalchemy.orm import Session

from moderation.domain.figures import HOUR, Measure, hour_of
from moderation.extensions import db
from moderation.flows import figures
from moderation.ports import Services
from moderation.store.tables import Figure, FigureHour
from tests.factories import a_comment, a_site
from tests.fakes import FrozenClock

BEFORE: Final = "0012_keep_figures"
AFTER: Final = "0013_keep_times"


@pytest.fixture
def filled(empty_app: Flask, services: Services, clock: FrozenClock) -> Flask:
    """Return the application with an hour that is made and settled, and beside its figures times by rule."""
    upgrade()
    with Session(db.engine, expire_on_commit=False) as session:
        site = a_site(session, services)
        a_comment(session, services, "花海真好")
        hour = hour_of(clock.now())
        clock.move(hours=5)
        while figures.make(session=session, services=services):
            pass
        for measure, subject in (
            (Measure.WAITED, "38"),
            (Measure.WAITED_RULE, "x" * 64 + ":38"),
            (Measure.WAITED_REASON, "fraud:38"),
        ):
            session.add(Figure(site_id=site, measure=measure, hour=hour, subject=subject, count=1))
        session.commit()
    return empty_app


def ask(statement: str) -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def measures() -> list[str]:
    return [measure for (measure,) in ask("SELECT measure FROM figures ORDER BY measure")]


def test_on_the_way_down_go_the_times_and_no_other_figure(filled: Flask) -> None:
    assert filled.name
    assert measures() == ["arrived", "waited", "waited-reason", "waited-rule"]

    downgrade(revision=BEFORE)

    assert measures() == ["arrived", "waited"]
    columns = {each["name"]: each["type"] for each in inspect(db.engine).get_columns("figures")}
    assert getattr(columns["subject"], "length", None) == 64


def test_hours_made_before_the_step_are_counted_again(
    filled: Flask, services: Services, clock: FrozenClock
) -> None:
    assert filled.name
    downgrade(revision=BEFORE)
    made = len(ask("SELECT hour FROM figure_hours"))
    upgrade()
    clock.move(minutes=1)

    with Session(db.engine, expire_on_commit=False) as session:
        again = figures.make(session=session, services=services)
        counted_by = {row.measure_count for row in session.query(FigureHour)}

    assert made == 5
    assert again == made
    assert counted_by == {len(Measure)}
    assert measures() == ["arrived"]


def test_a_worker_of_the_release_before_may_go_on_after_the_step(
    filled: Flask, services: Services, clock: FrozenClock
) -> None:
    assert filled.name
    now = clock.now()
    with Session(db.engine) as session:
        session.execute(insert(FigureHour).values(hour=hour_of(now), computed_at=now + 9 * HOUR))
        session.commit()
    clock.move(hours=4)

    with Session(db.engine) as session:
        figures.make(session=session, services=services)

    assert ask("SELECT count(*) FROM figure_hours WHERE measure_count = 0") == [(0,)]
