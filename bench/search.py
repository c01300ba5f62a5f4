"""How fast search is among a million comments, on SQLite and PostgreSQL, beside what one would take instead.

    python bench/search.py [--comments 1000000] [--texts texts.csv] [--postgres URL] [--rivals]

Texts are clauses of the given file (a CSV with a column `text`) or of the terms of the starter packs, put together
anew, so that the frequency of words is as in writing. Each query is asked as the page asks it, the session included;
the page around it is not counted. Rivals run on the same rows: LIKE, FTS5's trigram tokenizer, pg_trgm.
"""

import argparse
import csv
import json
import random
import re
import secrets
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask_migrate import upgrade
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from moderation.app import create_app
from moderation.domain.comment import Status
from moderation.domain.policy import ChallengeMode
from moderation.domain.reasons import Reason
from moderation.extensions import db
from moderation.flows import searching, sites
from moderation.flows.searching import Wanted
from moderation.flows.sites import SiteSettings
from moderation.rules import pack_rules, packs
from moderation.settings import Settings
from moderation.store import search_index
from moderation.store.search_index import Written, _words, block_of
from moderation.web import context

THREADS: Final = 5_000
AUTHORS: Final = 20_000
SMALL_SHARE: Final = 100
"""One comment of so many is on the small site."""
END: Final = datetime(2026, 11, 1, tzinfo=UTC)
STEP: Final = timedelta(seconds=60)
ROUNDS: Final = 12
CHUNK: Final = 20_000


def clauses(path: Path | None, chance: random.Random) -> list[str]:
    """Read clauses of real writing, or make some of the words that the rules know."""
    if path is not None:
        with path.open(encoding="utf-8", newline="") as file:
            said = [row["text"] for row in csv.DictReader(file)]
        return [part for one in said for part in re.split(r"[，。！？,!?\s]+", one) if 2 <= len(part) <= 40]
    words = sorted({rule.term for pack in packs() for rule in pack_rules(pack.name)})
    weights = [1 / (rank + 1) for rank in range(len(words))]
    chance.shuffle(words)
    return ["".join(chance.choices(words, weights, k=chance.randint(2, 6))) for _ in range(40_000)]


@dataclass(frozen=True)
class Row:
    """One comment of the million."""

    id: UUID
    site: UUID
    thread: UUID
    author: UUID
    status: Status
    reason: Reason | None
    at: datetime
    nickname: str
    text: str


def rows(count: int, said: Sequence[str], large: UUID, small: UUID) -> Iterator[Row]:
    """Make comments, the oldest first. One of 50,000 is rejected as illegal: the rare filter."""
    chance = random.Random(7)
    for number in range(count):
        at = END - STEP * (count - number)
        status, reason = Status.PUBLISHED, None
        drawn = number % 50_000
        if drawn == 17:
            status, reason = Status.REJECTED, Reason.ILLEGAL
        elif drawn % 10 == 3:
            status, reason = Status.REJECTED, Reason.ADVERTISING
        elif drawn % 1_000 == 5:
            status = Status.PENDING
        yield Row(
            id=UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | chance.getrandbits(61)),
            site=small if number % SMALL_SHARE == 1 else large,
            thread=UUID(int=(0xA << 120) | int(chance.paretovariate(0.6)) % THREADS),
            author=UUID(int=(0xB << 120) | int(chance.paretovariate(0.5)) % AUTHORS),
            status=status,
            reason=reason,
            at=at,
            nickname=chance.choice(said)[:8],
            text="，".join(chance.choice(said) for _ in range(chance.randint(1, 4))),
        )


COLUMNS: Final = {
    "comments": (
        "id", "site_id", "thread_id", "author_id", "status", "reason", "is_told", "revision", "is_listed",
        "published_reply_count", "text_hash", "created_at",
    ),
    "revisions": ("comment_id", "number", "nickname", "text", "created_at"),
    "search_documents": ("id", "comment_id", "site_id", "created_at", "words"),
}  # fmt: skip


def stored(number: int, row: Row, *, is_postgres: bool) -> dict[str, tuple[Any, ...]]:
    """Write a row as each table has it."""
    ids: list[Any] = [row.id, row.site, row.thread, row.author]
    at: Any = row.at
    if not is_postgres:
        ids = [one.hex for one in ids]
        at = row.at.replace(tzinfo=None).isoformat(" ", "microseconds")
    comment, site, thread, author = ids
    words = _words(
        Written(
            comment_id=row.id,
            site_id=row.site,
            thread_id=row.thread,
            author_id=row.author,
            created_at=row.at,
            nickname=row.nickname,
            text=row.text,
            rules=frozenset({("rule-1", Reason.ADVERTISING)} if row.status is Status.REJECTED else ()),
        )
    )
    if is_postgres:
        words = " ".join(f"'{word}'" for word in (*words.split(), f"#b{block_of(number)}"))
    is_listed = row.status is Status.PUBLISHED
    hash_: Any = row.id.bytes * 2
    return {
        "comments": (
            comment, site, thread, author, row.status.value, row.reason, True, 1, is_listed, 0, hash_, at,
        ),
        "revisions": (comment, 1, row.nickname, row.text, at),
        "search_documents": (number, comment, site, at, words),
    }  # fmt: skip


def fill(url: str, count: int, said: Sequence[str], large: UUID, small: UUID) -> float:
    """Write all rows with the driver itself; return the seconds it took."""
    is_postgres = url.startswith("postgresql")
    began = time.perf_counter()
    engine = db.engine
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if is_postgres:
            raw.execute("SET statement_timeout = 0; SET session_replication_role = replica")
            raw.execute("SET maintenance_work_mem = '1GB'; SET idle_in_transaction_session_timeout = 0")
            raw.execute("DROP INDEX ix_search_documents_words")
        else:
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA synchronous = OFF")
            raw.execute("PRAGMA cache_size = -400000")
            raw.execute("BEGIN")
        parents(raw, large, is_postgres=is_postgres)
        chunk: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
        for number, row in enumerate(rows(count, said, large, small), 1):
            for name, values in stored(number, row, is_postgres=is_postgres).items():
                chunk[name].append(values)
            if number % CHUNK == 0 or number == count:
                write(raw, chunk, is_postgres=is_postgres)
                chunk = {name: [] for name in COLUMNS}
        if is_postgres:
            raw.execute(
                "CREATE INDEX ix_search_documents_words ON search_documents USING gin (words) WITH (fastupdate = off)"
            )
            raw.execute(f"SELECT setval('search_documents_id_seq', {count})")
            raw.commit()
            raw.autocommit = True
            for name in COLUMNS:
                raw.execute(f"VACUUM ANALYZE {name}")
        else:
            raw.execute("COMMIT")
            raw.execute("ANALYZE")
        connection.invalidate()
    return time.perf_counter() - began


def parents(raw: Any, site: UUID, *, is_postgres: bool) -> None:
    """Write threads and authors."""
    mark = "%s" if is_postgres else "?"

    def written(id_: UUID) -> Any:
        return id_ if is_postgres else id_.hex

    at = END if is_postgres else END.replace(tzinfo=None).isoformat(" ", "microseconds")
    cursor = raw.cursor()
    cursor.executemany(
        "INSERT INTO threads (id, site_id, key_hash, key, title, version, published_count, created_at) "
        f"VALUES ({', '.join([mark] * 8)})",
        [
            (
                written(UUID(int=(0xA << 120) | n)),
                written(site),
                n.to_bytes(32, "big"),
                str(n),
                f"第 {n} 篇报道",
                1,
                0,
                at,
            )
            for n in range(THREADS)
        ],
    )
    cursor.executemany(
        "INSERT INTO authors (id, site_id, token_hash, approved_count, rejected_count, created_at) "
        f"VALUES ({', '.join([mark] * 6)})",
        [
            (written(UUID(int=(0xB << 120) | n)), written(site), n.to_bytes(32, "big"), 0, 0, at)
            for n in range(AUTHORS)
        ],
    )


def write(raw: Any, chunk: dict[str, list[tuple[Any, ...]]], *, is_postgres: bool) -> None:
    """Write some rows of each table."""
    for name, values in chunk.items():
        columns = ", ".join(COLUMNS[name])
        if is_postgres:
            with raw.cursor().copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
        else:
            marks = ", ".join("?" * len(COLUMNS[name]))
            raw.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", values)


def asked(said: Sequence[str], middle: int) -> dict[str, list[tuple[Wanted, int | None]]]:
    """Choose queries by how often their words are written."""
    chance = random.Random(11)
    by_length: dict[int, Counter[str]] = {length: Counter() for length in (1, 2, 3, 5)}
    for one in said:
        for length, counter in by_length.items():
            for start in range(len(one) - length + 1):
                part = one[start : start + length]
                if re.fullmatch("[\u4e00-\u9fff]+", part):
                    counter[part] += 1

    def some(length: int, low: float, high: float) -> list[str]:
        """Choose words that stand in this share of the clauses."""
        fit = [w for w, n in by_length[length].items() if low * len(said) < n <= high * len(said)]
        return chance.sample(sorted(fit), min(ROUNDS, len(fit)))

    frequent1, rare1 = some(1, 0.02, 1), some(1, 0, 0.0001)
    frequent2, medium2 = some(2, 0.003, 1), some(2, 0.0002, 0.001)
    rare2, rare3, rare5 = some(2, 0, 0.00005), some(3, 0, 0.00005), some(5, 0, 0.00005)
    latin = sorted({w.lower() for one in said for w in re.findall(r"[A-Za-z]{3,}", one)})[: ROUNDS * 5 : 5]
    kinds: dict[str, list[Wanted]] = {
        "1 character, frequent": [Wanted(words=w) for w in frequent1],
        "1 character, rare": [Wanted(words=w) for w in rare1],
        "2 characters, frequent": [Wanted(words=w) for w in frequent2],
        "2 characters, medium": [Wanted(words=w) for w in medium2],
        "2 characters, rare": [Wanted(words=w) for w in rare2],
        "3 characters": [Wanted(words=w) for w in rare3],
        "5 characters": [Wanted(words=w) for w in rare5],
        "none": [Wanted(words=f"{w[0]}龘{w[1]}") for w in medium2],
        "none, its pairs frequent": [Wanted(words=a + b) for a, b in pairwise(frequent2)],
        "two words": [Wanted(words=f"{a} {b}") for a, b in zip(frequent1, frequent2, strict=False)],
        "without a frequent word": [
            Wanted(words=f"{a} -{b}") for a, b in zip(medium2, frequent1, strict=False)
        ],
        "a beginning": [Wanted(words=w[:4]) for w in latin],
        "frequent, small site": [Wanted(words=w, site="small") for w in frequent1],
        "frequent, waiting (1 in 1,000)": [Wanted(words=w, status=Status.PENDING) for w in frequent1],
        "frequent, illegal (1 in 50,000)": [Wanted(words=w, reason=Reason.ILLEGAL) for w in frequent1],
        "illegal (1 in 50,000), no words": [Wanted(reason=Reason.ILLEGAL)] * ROUNDS,
        "an author": [Wanted(author_id=UUID(int=(0xB << 120) | n)) for n in range(1, 600, 50)],
        "a thread and a frequent word": [Wanted(thread=str(n + 1), words=w) for n, w in enumerate(frequent1)],
        "threads by title": [Wanted(thread=f"第 {n} 篇", words=w) for n, w in enumerate(frequent1, 4_000)],
        "a rule and a frequent word": [Wanted(rule="rule-1", words=w) for w in frequent2],
        "a week long ago": [
            Wanted(words=w, since=END - timedelta(days=600), until=END - timedelta(days=593))
            for w in frequent1
        ],
    }
    every: dict[str, list[tuple[Wanted, int | None]]] = {
        kind: [(one, None) for one in wanted] for kind, wanted in kinds.items()
    }
    every["page in the middle"] = [(Wanted(words=w), middle) for w in frequent2]
    return every


def measure(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Time one query, in milliseconds."""
    began = time.perf_counter()
    answer = ask()
    return (time.perf_counter() - began) * 1e3, answer


def point(times: Sequence[float], share: float) -> float:
    """Return the time below which this share of all lies."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def ours(name: str, session: Session, site_ids: tuple[UUID, ...], said: Sequence[str], count: int) -> None:
    """Ask everything twice, the first time to warm up, and print a table."""
    total: list[float] = []
    found: dict[str, list[float]] = {}
    unfinished: Counter[str] = Counter()
    queries = asked(said, count // 2)
    for is_counted in (False, True):
        for kind, wanted in queries.items():
            for one, before in wanted:
                took, page = measure(
                    lambda one=one, before=before: searching.search(  # type: ignore[misc]
                        one, site_ids=site_ids, before=before, session=session
                    )
                )
                if is_counted:
                    found.setdefault(kind, []).append(took)
                    unfinished[kind] += page.searched_back_to is not None
                    total.append(took)
    print(
        f"\n{name}: milliseconds\n| query | n | p50 | p99 | most | told how far it came |\n|---|---|---|---|---|---|"
    )
    for kind, times in found.items():
        print(
            f"| {kind} | {len(times)} | {statistics.median(times):.1f} | {point(times, 0.99):.1f} | {max(times):.1f} "
            f"| {unfinished[kind] or ''} |"
        )
    print(
        f"| **all** | {len(total)} | {statistics.median(total):.1f} | {point(total, 0.99):.1f} | {max(total):.1f} | |"
    )


def index_cost(session: Session, said: Sequence[str]) -> None:
    """Measure what a posting pays for being found: its row put in, among the million, rolled back at the end."""
    chance = random.Random(3)
    times = []
    docs = (
        session.execute(text("SELECT comment_id FROM search_documents WHERE id > 0 LIMIT 400"))
        .scalars()
        .all()
    )
    for raw_id in docs:
        comment_id = raw_id if isinstance(raw_id, UUID) else UUID(raw_id)
        search_index.forget_texts(session, [comment_id])
        one = Written(
            comment_id=comment_id,
            site_id=UUID(int=5),
            thread_id=UUID(int=6),
            author_id=UUID(int=7),
            created_at=END,
            nickname="晨曦",
            text="，".join(chance.choice(said) for _ in range(3)),
            rules=frozenset(),
        )
        took, _ = measure(lambda one=one: search_index.index_text(session, one))  # type: ignore[misc]
        times.append(took * 1e3)
    session.rollback()
    print(f"one text put in: p50 {statistics.median(times):.0f} µs, p99 {point(times, 0.99):.0f} µs")


def rivals_of(session: Session, said: Sequence[str], *, is_postgres: bool) -> None:
    """Ask the same words of what one would take instead; the page of thirty, the latest first."""
    queries = asked(said, 0)
    run: dict[str, str] = {
        "LIKE": "SELECT comment_id FROM revisions WHERE text LIKE :like ORDER BY {order} DESC LIMIT 31"
    }
    order = "comment_id"
    began = time.perf_counter()
    if is_postgres:
        session.execute(text("SET statement_timeout = 0; SET maintenance_work_mem = '1GB'"))
        session.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        session.execute(text("CREATE INDEX rival_trgm ON revisions USING gin (text gin_trgm_ops)"))
        session.execute(text("ANALYZE revisions"))
        size = session.scalar(text("SELECT pg_relation_size('rival_trgm')"))
        run["pg_trgm"] = run["LIKE"]
    else:
        session.execute(
            text("CREATE VIRTUAL TABLE rival USING fts5(text, content = 'revisions', tokenize = 'trigram')")
        )
        session.execute(text("INSERT INTO rival (rowid, text) SELECT rowid, text FROM revisions"))
        size = session.scalar(text("SELECT sum(length(block)) FROM rival_data"))
        run["FTS5 trigram"] = "SELECT rowid FROM rival WHERE text LIKE :like ORDER BY rowid DESC LIMIT 31"
    session.commit()
    print(f"\nrival's index: {time.perf_counter() - began:.0f} s, {int(size or 0) / 1e6:.0f} MB")
    print("| query | " + " | ".join(f"{name} p50 | most" for name in run) + " |")
    for kind in (
        "1 character, frequent", "1 character, rare", "2 characters, frequent", "2 characters, medium",
        "2 characters, rare", "3 characters", "5 characters", "none",
    ):  # fmt: skip
        cells = []
        for name, statement in run.items():
            if is_postgres:
                # The plain scan is what there is without the index.
                for plan in ("enable_bitmapscan", "enable_indexscan"):
                    session.execute(text(f"SET {plan} = {'on' if name == 'pg_trgm' else 'off'}"))
            times = [
                measure(
                    lambda one=one, statement=statement: session.execute(  # type: ignore[misc]
                        text(statement.format(order=order)), {"like": f"%{one.words}%"}
                    ).all()
                )[0]
                for one, _ in queries[kind][:5]
            ]
            cells.append(f"{statistics.median(times):.1f} | {max(times):.1f}")
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)
    session.rollback()


@contextmanager
def database(kind: str, postgres: str) -> Iterator[str]:
    """Make a database for this run and remove it afterwards."""
    if kind == "SQLite":
        with tempfile.TemporaryDirectory(prefix="moderation-bench-") as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    name = f"moderation_bench_{secrets.token_hex(4)}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield f"{postgres.rpartition('/')[0]}/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def sizes(session: Session, *, is_postgres: bool) -> str:
    """Say how large the index is and what it indexes."""
    if is_postgres:
        row = session.execute(
            text(
                "SELECT pg_total_relation_size('search_documents'), pg_relation_size('ix_search_documents_words'), "
                "pg_total_relation_size('comments') + pg_total_relation_size('revisions')"
            )
        ).one()
    else:
        row = session.execute(
            text(
                "SELECT (SELECT sum(length(words)) * 3 FROM search_documents), "
                "(SELECT sum(length(block)) FROM search_words_data), 0"
            )
        ).one()
    return json.dumps([round(int(value or 0) / 1e6) for value in row])


def main() -> None:
    """Run on both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    parser.add_argument("--rivals", action="store_true")
    given = parser.parse_args()
    said = clauses(given.texts, random.Random(5))
    for kind in ("SQLite", "PostgreSQL"):
        if given.only not in {None, kind}:
            continue
        with database(kind, given.postgres) as url:
            app = create_app(
                Settings(database_url=url, secret_key=secrets.token_urlsafe(48), limits_url="memory://")
            )
            with app.app_context():
                upgrade()
                plain = SiteSettings(
                    name="Bench", origins=("https://x.example",), challenge=ChallengeMode.OFF
                )
                session, services = db.session(), context.services()
                large = sites.create("large", plain, session=session, services=services)
                small = sites.create("small", plain, session=session, services=services)
                took = fill(url, given.comments, said, large, small)
                is_postgres = kind == "PostgreSQL"
                print(f"\n{kind}: filled in {took:.0f} s; MB of documents, index, comments: ", end="")
                print(sizes(session, is_postgres=is_postgres), flush=True)
                session.rollback()
                ours(kind, session, (large, small), said, given.comments)
                index_cost(session, said)
                if given.rivals:
                    rivals_of(session, said, is_postgres=is_postgres)
                db.session.remove()
                db.engine.dispose()


if __name__ == "__main__":
    main()
