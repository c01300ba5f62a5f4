"""Measure the desk at the server: a decision and the next card, with 1,000 to 1,000,000 waiting items.

    python bench/console.py                                     SQLite, in a temporary folder
    python bench/console.py --postgres postgresql+psycopg://postgres@127.0.0.1/postgres
    python bench/console.py --sizes 10000 --sites 8 --rounds 200 --explain
    python bench/console.py --sizes 1000000 --fill sqlite:///full.db       fills an empty database, and leaves it there

What is left there can be served, and measured in a browser by `bench/console_browser.py`.

The queues are filled by SQL with what a card has: threads, authors, texts, matches, groups of copies. Then one moderator
with three cards ahead decides `--rounds` items: once through the flows (decide, claim one more, its card), once as the
page's script asks, through the whole application in this process. In both the card is ready to be shown.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from moderation.app import create_app
from moderation.domain.account import Role
from moderation.domain.policy import ChallengeMode
from moderation.domain.review import DecisionKind, ItemState, Reviewer
from moderation.extensions import db
from moderation.flows import accounts, desk, queues, review, sites
from moderation.flows.accounts import NewAccount
from moderation.flows.review import Ruling
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.settings import Settings
from moderation.web import context

PASSWORD: Final = "a password for a bench"
SECRET: Final = "a secret key for benches, and for nothing else"
TOKEN: Final = "mod_lease_of_a_bench"
AHEAD: Final = 3
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
WORDS: Final = "周末带孩子去看花海，停车场够不够？去年堵了两个小时，今年听说修了新路，加微信领资料的不要信。"
COMMENT, THREAD, AUTHOR, EVALUATION, ITEM = range(1, 6)

DIALECTS: Final[dict[str, dict[str, Callable[..., str]]]] = {
    "sqlite": {
        "id": lambda kind, number: f"printf('018f%04x%024x', {kind}, {number})",
        "hash": lambda number: f"CAST(printf('%032d', {number}) AS BLOB)",
        "ago": lambda seconds: f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || ({seconds}) || ' seconds')",
        "json": lambda value: f"'{value}'",
    },
    "postgresql": {
        "id": lambda kind, number: (
            f"('018f' || lpad(to_hex({kind}), 4, '0') || lpad(to_hex({number}), 24, '0'))::uuid"
        ),
        "hash": lambda number: f"convert_to(lpad(({number})::text, 32, '0'), 'UTF8')",
        "ago": lambda seconds: f"now() - make_interval(secs => {seconds})",
        "json": lambda value: f"'{value}'::jsonb",
    },
}


@dataclass(frozen=True)
class Bench:
    """A service with its database, and a person who reviews there."""

    app: Flask
    services: Services
    reviewer: Reviewer


@dataclass(frozen=True)
class Taken:
    """Seconds on the clock, and those in which this process computed: on a busy machine the two differ."""

    clock: float
    process: float

    @classmethod
    def now(cls) -> "Taken":
        """Start."""
        return cls(time.perf_counter(), time.process_time())

    def since(self) -> "Taken":
        """Stop."""
        return Taken(time.perf_counter() - self.clock, time.process_time() - self.process)


# Filled ------------------------------------------------------------------------------------------


def fill(site_ids: list[UUID], size: int) -> None:
    """Fill the queues with `size` items, spread over the sites; nothing else is in them."""
    dialect = db.engine.dialect.name
    made = DIALECTS[dialect]
    new_id, hashed, ago, json = made["id"], made["hash"], made["ago"], made["json"]
    threads, authors, groups = max(size // 200, len(site_ids)), max(size // 10, 10), max(size // 4, 4)
    sites_of = " ".join(
        f"WHEN {number} THEN '{one.hex if dialect == 'sqlite' else one}'"
        for number, one in enumerate(sorted(site_ids))
    )

    def site_of(number: str) -> str:
        found = f"CASE ({number}) % {len(site_ids)} {sites_of} END"
        return found if dialect == "sqlite" else f"({found})::uuid"

    site = site_of("i")

    def series(number: int) -> str:
        if dialect == "postgresql":
            return f"(SELECT generate_series(1, {number})::bigint AS i) AS series"
        return f"(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {number}) SELECT i FROM s)"

    # Of one site each: whatever has the same number modulo the sites.
    places = len(site_ids)
    thread = new_id(THREAD, f"1 + (i % {places}) + {places} * ((i / {places}) % {max(threads // places, 1)})")
    author = new_id(AUTHOR, f"1 + (i % {places}) + {places} * ((i / {places}) % {max(authors // places, 1)})")
    waited = f"({size} - i) * 86400.0 / {size}"
    risk = "CASE WHEN i % 2 = 0 THEN (i * 7919) % 90 ELSE 0 END"
    due_at = ago(f"({waited}) - 8640000.0 / (100 + 23 * ({risk}))")
    if dialect == "sqlite":
        due_at = f"strftime('%Y-%m-%d %H:%M:%f000', 'now', (8640000.0 / (100 + 23 * ({risk})) - ({waited})) || ' seconds')"
    rule = "CASE WHEN i % 2 = 0 THEN 'rule-' || (i % 50) END"
    statements = [
        (
            f"INSERT INTO threads (id, site_id, key_hash, key, title, version, published_count, created_at) "
            f"SELECT {new_id(THREAD, 'i')}, {site_of('i - 1')}, {hashed('i')}, 'thread-' || i, '文章', 1, 0, {ago('86400')} "
            f"FROM {series(threads + places)}"
        ),
        (
            f"INSERT INTO authors (id, site_id, token_hash, approved_count, rejected_count, created_at) "
            f"SELECT {new_id(AUTHOR, 'i')}, {site_of('i - 1')}, {hashed('i')}, i % 7, i % 3, {ago('86400')} "
            f"FROM {series(authors + places)}"
        ),
        (
            "INSERT INTO comments (id, site_id, thread_id, author_id, status, is_told, revision, is_listed, "
            "published_reply_count, text_hash, created_at) "
            f"SELECT {new_id(COMMENT, 'i')}, {site}, {thread}, {author}, 'pending', {_bool(dialect, value=True)}, 1, "
            f"{_bool(dialect, value=False)}, 0, {hashed(f'i % {groups}')}, {ago(waited)} FROM {series(size)}"
        ),
        (
            "INSERT INTO revisions (comment_id, number, nickname, text, created_at) "
            f"SELECT {new_id(COMMENT, 'i')}, 1, '读者' || (i % 997), '第' || i || '条：{WORDS}', {ago(waited)} "
            f"FROM {series(size)}"
        ),
        (
            "INSERT INTO evaluations (id, site_id, comment_id, revision, verdict, score, created_at) "
            f"SELECT {new_id(EVALUATION, 'i')}, {site}, {new_id(COMMENT, 'i')}, 1, 'review', {risk}, {ago(waited)} "
            f"FROM {series(size)}"
        ),
        (
            "INSERT INTO matches (evaluation_id, position, rule_key, kind, term, field, start, stop, channel, action, "
            "category, severity) "
            f"SELECT {new_id(EVALUATION, 'i')}, 0, {rule}, 'term', '加微信', 'text', 4, 9, 'exact', 'review', "
            f"'advertising', 50 FROM {series(size)} WHERE i % 2 = 0"
        ),
        (
            "INSERT INTO review_items (id, site_id, comment_id, revision, state, causes, risk, rule_key, category, "
            "thread_id, author_id, text_hash, created_at, due_at, is_held) "
            f"SELECT {new_id(ITEM, 'i')}, {site}, {new_id(COMMENT, 'i')}, 1, 'waiting', "
            f"{json(json_causes())}, {risk}, {rule}, CASE WHEN i % 2 = 0 THEN 'advertising' END, {thread}, {author}, "
            f"{hashed(f'i % {groups}')}, {ago(waited)}, {due_at}, {_bool(dialect, value=False)} FROM {series(size)}"
        ),
    ]
    with db.engine.begin() as connection:
        if dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            # Each row would be checked and counted by itself; the lengths are written at the end.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%") if dialect == "postgresql" else statement)
        if dialect == "postgresql":
            connection.exec_driver_sql(
                "INSERT INTO queue_changes (site_id, state, change) "
                "SELECT site_id, state, count(*) FROM review_items GROUP BY 1, 2"
            )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if dialect == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE" if dialect == "postgresql" else "PRAGMA wal_checkpoint")


def json_causes() -> str:
    """Return the causes of every item."""
    return '["pre-moderation", "rule"]'


def _bool(dialect: str, *, value: bool) -> str:
    return str(value).lower() if dialect == "postgresql" else str(int(value))


# Measured ----------------------------------------------------------------------------------------


def through_flows(bench: Bench, rounds: int) -> list[Taken]:
    """Decide with three cards ahead; the time from a decision to the card that comes last into the hand."""
    taken: list[Taken] = []
    with Session(db.engine, expire_on_commit=False) as session:

        def more(most: int, keep: list[UUID]) -> list[UUID]:
            claimed = review.claim_some(
                bench.reviewer,
                ItemState.WAITING,
                token=TOKEN,
                most=most,
                keep=keep,
                session=session,
                services=bench.services,
            )
            ids = [one.item_id for one in claimed]
            desk.card_views(bench.reviewer.site_ids, ids, session=session, services=bench.services)
            return ids

        hand = more(AHEAD + 1, [])
        for _ in range(rounds):
            began = Taken.now()
            ruling = Ruling(item_id=hand.pop(0), lease_token=TOKEN, revision=1, kind=DecisionKind.APPROVE)
            review.decide(ruling, reviewer=bench.reviewer, session=session, services=bench.services)
            hand += more(1, hand)
            taken.append(began.since())
        review.release(reviewer=bench.reviewer, session=session)
    return taken


def through_the_application(bench: Bench, rounds: int) -> list[Taken]:
    """Decide as the page's script does: one request carries the decision, its answer the next card."""
    browser = bench.app.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    browser.post("/console/sign-in", data={"login": "bench", "password": PASSWORD})
    asking = {"Accept": "application/json"}

    def call(path: str, **form: object) -> list[dict[str, str]]:
        answer = browser.post(path, data={"queue": "waiting", **form}, headers=asking)
        assert answer.status_code == 200, answer.text[:300]
        cards: list[dict[str, str]] = answer.get_json()["cards"]
        return cards

    hand = call("/console/cards", most=AHEAD + 1)
    taken: list[Taken] = []
    for _ in range(rounds):
        card = hand.pop(0)
        keep = [one["id"] for one in hand]
        began = Taken.now()
        hand += call(
            f"/console/items/{card['id']}/decide",
            revision=card["revision"],
            ruling="approve",
            most=1,
            keep=keep,
        )
        taken.append(began.since())
    return taken


def explain(bench: Bench) -> None:
    """Print how the database goes about a round of the flows."""
    seen: dict[str, Any] = {}

    def note(_c: object, _cur: object, statement: str, parameters: object, *_rest: object) -> None:
        if "review_items" in statement:
            seen.setdefault(statement, parameters)

    event.listen(db.engine, "before_cursor_execute", note)
    through_flows(bench, 1)
    event.remove(db.engine, "before_cursor_execute", note)
    verb = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with db.engine.connect() as connection:
        for statement, parameters in seen.items():
            print("\n" + " ".join(statement.split())[:150])
            for row in connection.exec_driver_sql(f"{verb} {statement}", parameters):
                print("   ", row[-1])


# Run ---------------------------------------------------------------------------------------------


@contextmanager
def database(postgres: str | None) -> Iterator[str]:
    """Make an empty database and take it away again."""
    if postgres is None:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    name = f"moderation_bench_{uuid4().hex[:8]}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield f"{postgres.rpartition('/')[0]}/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


def prepare(app: Flask, number: int) -> tuple[Bench, list[UUID]]:
    """Migrate, make sites and a moderator of all of them."""
    upgrade()
    services = context.services()
    with Session(db.engine, expire_on_commit=False) as session:
        of_site = SiteSettings(name="Bench", origins=("https://bench.example",), challenge=ChallengeMode.OFF)
        made = [
            sites.create(f"site-{one}", of_site, session=session, services=services) for one in range(number)
        ]
        account = NewAccount(
            login="bench", name="Bench", password=PASSWORD, role=Role.MODERATOR, site_key=None, language="en"
        )
        account_id = accounts.create(account, session=session, services=services)
    reviewer = Reviewer(account_id=account_id, name="Bench", site_ids=tuple(made), senior_site_ids=())
    return Bench(app=app, services=services, reviewer=reviewer), made


def told(name: str, size: int, taken: list[Taken]) -> None:
    """Print the middle and the end of what was measured, in milliseconds."""
    clock = statistics.quantiles([one.clock for one in taken], n=100, method="inclusive")
    process = statistics.quantiles([one.process for one in taken], n=100, method="inclusive")
    print(
        f"{name:<12} {size:>9,}  p50 {clock[49] * 1e3:6.1f} ms  p99 {clock[98] * 1e3:6.1f} ms"
        f"  (computing: {process[49] * 1e3:.1f}, {process[98] * 1e3:.1f})",
        flush=True,
    )


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", help="where databases may be made; without it, SQLite")
    parser.add_argument(
        "--fill", help="an empty database to fill with the (one) size, for a service to be started"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--sites", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--explain", action="store_true")
    wanted: Any = parser.parse_args()
    for size in wanted.sizes:
        with nullcontext(wanted.fill) if wanted.fill else database(wanted.postgres) as url:
            app = create_app(
                Settings(
                    database_url=url,
                    secret_key=SECRET,
                    limits_url="memory://",
                    is_https=False,
                    door_limit="100000/minute",
                    sign_in_limit="100000/minute",
                )
            )
            with app.app_context():
                bench, made = prepare(app, wanted.sites)
                began = time.perf_counter()
                fill(made, size)
                with Session(db.engine) as session:
                    while queues.fold(session=session, services=bench.services):
                        pass
                print(f"filled {size:,} in {time.perf_counter() - began:.0f} s", flush=True)
                if wanted.fill:
                    print(f"serve it with MODERATION_SECRET_KEY='{SECRET}'; sign in as bench, '{PASSWORD}'")
                    return
                if wanted.explain:
                    explain(bench)
                through_flows(bench, 20)
                told("flows", size, through_flows(bench, wanted.rounds))
            told("application", size, through_the_application(bench, wanted.rounds))
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


if __name__ == "__main__":
    main()
