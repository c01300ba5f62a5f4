"""As many mutated requests as one likes against the application, none of which may find a fault of ours.

The test sends 2,000 on each database; this sends more, from another seed each time unless one is given. It stops at
the first 5xx and prints the request that found it, with the seed that repeats it.

Run: `./run bench fuzz [--count 100000] [--seed N] [--database-url URL]` (default: SQLite in a folder of its own).
"""

import argparse
import logging
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog
from flask import Flask
from flask_migrate import upgrade

from moderation import rules
from moderation.app import create_app
from moderation.domain.policy import ChallengeMode, Mode
from moderation.extensions import db
from moderation.flows import rulesets, sites
from moderation.flows.sites import SiteSettings
from moderation.settings import Settings
from moderation.web import context

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.http.api import mutations

ORIGIN = "https://news.example"
WIDE = dict.fromkeys(("client", "client_and_thread", "author", "same_text", "site"), "900000/minute")


def _prepare(app: Flask) -> None:
    with app.app_context():
        upgrade()
        session, services = db.session(), context.services()
        settings = SiteSettings(
            name="Fuzz", origins=(ORIGIN,), mode=Mode.POST, challenge=ChallengeMode.OFF, limits=WIDE
        )
        sites.create("demo", settings, session=session, services=services)
        written = [rule for pack in rules.packs() for rule in rules.pack_rules(pack.name)]
        version = rulesets.import_rules("demo", "packs", written, session=session, services=services)
        rulesets.activate("demo", version.number, session=session, services=services)
        db.session.remove()


def main() -> int:
    """Send until the count is reached or a fault is found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--database-url", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moderation-fuzz-") as folder:
        settings = Settings(
            database_url=asked.database_url or f"sqlite:///{folder}/fuzz.db",
            secret_key=secrets.token_urlsafe(48),
            limits_url="memory://",
            is_https=False,
            door_limit="900000/minute",
            sqlite_synchronous="NORMAL",
        )
        app = create_app(settings)
        # A line per request would be all one sees; what is wrong is in the answers.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        _prepare(app)
        client = app.test_client()
        statuses: Counter[int] = Counter()
        begin = time.perf_counter()
        made = mutations.requests(random.Random(asked.seed), asked.count, origin=ORIGIN)
        for number, request in enumerate(made, 1):
            answer = client.open(
                request.path,
                method=request.method,
                data=request.body,
                content_type=request.content_type,
                headers=dict(request.headers),
                buffered=True,
            )
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                print(f"seed {asked.seed}, request {number}: {request}\n{answer.text[:500]}")
                return 1
        seconds = time.perf_counter() - begin
        print(
            f"seed {asked.seed}: {asked.count} requests in {seconds:.0f} s, {dict(sorted(statuses.items()))}"
        )
        with app.app_context():
            db.engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
