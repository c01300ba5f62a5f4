"""Replay: comments judged a second by the worker's batches, beside the bare library's evaluate in the same run.

    python -m bench.replay [--comments 20000] [--terms 1000] [--url sqlite:///…]

Both judge every text by two sets of rules. What the ratio tells is what reading, counting and writing cost.
"""

import argparse
import random
import tempfile
import time
from datetime import timedelta

from flask_migrate import upgrade
from sqlalchemy import insert, select

from moderation import rules
from moderation.app import create_app
from moderation.domain.policy import ChallengeMode, Mode
from moderation.extensions import db
from moderation.flows import replaying, rulesets, sites
from moderation.flows.replaying import Wish
from moderation.flows.sites import SiteSettings
from moderation.rules import Action, Facts, Field, Rule
from moderation.settings import Settings
from moderation.store.tables import Account, Comment, Revision, Thread
from moderation.web import context

ALPHABET = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"


def drawn_rules(number: int, seed: int) -> list[Rule]:
    """Draw terms of three characters."""
    lots = random.Random(seed)
    terms = {"".join(lots.choices(ALPHABET, k=3)) for _ in range(number)}
    return [
        Rule(key=f"r{place}", term=term, action=Action.REVIEW, category="other", severity=50)
        for place, term in enumerate(sorted(terms))
    ]


def fill(texts: list[str]) -> None:
    """Store texts as published comments of one thread."""
    session, services = db.session(), context.services()
    settings = SiteSettings(
        name="Bench", origins=("https://a.example",), mode=Mode.RULES, challenge=ChallengeMode.OFF
    )
    site_id = sites.create("bench", settings, session=session, services=services)
    now, new = services.clock.now(), services.ids.new
    thread_id = new()
    session.execute(
        insert(Thread),
        [
            {
                "id": thread_id,
                "site_id": site_id,
                "key_hash": bytes(32),
                "key": "t",
                "version": 1,
                "published_count": 0,
                "created_at": now,
            }
        ],
    )
    session.execute(
        insert(Account),
        [
            {
                "id": new(),
                "login": "bench",
                "name": "Bench",
                "password_hash": "x",
                "language": "en",
                "time_zone": "UTC",
                "created_at": now,
                "keys": {},
            }
        ],
    )
    for begin in range(0, len(texts), 1_000):
        rows = [(new(), text) for text in texts[begin : begin + 1_000]]
        at = now - timedelta(hours=1)
        session.execute(
            insert(Comment),
            [
                {
                    "id": each,
                    "site_id": site_id,
                    "thread_id": thread_id,
                    "status": "published",
                    "is_told": True,
                    "revision": 1,
                    "is_listed": True,
                    "published_reply_count": 0,
                    "text_hash": bytes(32),
                    "created_at": at,
                }
                for each, _ in rows
            ],
        )
        session.execute(
            insert(Revision),
            [
                {"comment_id": each, "number": 1, "nickname": "晨曦", "text": text, "created_at": at}
                for each, text in rows
            ],
        )
    session.commit()


def main() -> None:
    """Run both and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=20_000)
    parser.add_argument("--terms", type=int, default=1_000)
    parser.add_argument("--url")
    asked = parser.parse_args()
    lots = random.Random(1)
    texts = ["".join(lots.choices(ALPHABET, k=80)) for _ in range(asked.comments)]
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite:///{folder}/bench.db"
        app = create_app(Settings(database_url=url, secret_key="b" * 40, limits_url="memory://"))
        with app.app_context():
            upgrade()
            fill(texts)
            session, services = db.session(), context.services()
            active, trial = drawn_rules(asked.terms, 1), drawn_rules(asked.terms, 2)
            made = rulesets.import_rules("bench", "a", active, session=session, services=services)
            rulesets.activate("bench", made.number, session=session, services=services)
            made = rulesets.import_rules("bench", "b", trial, session=session, services=services)
            owner = session.scalars(select(Account.id)).one()
            wish = Wish(site_key="bench", number=made.number, most=max(100, asked.comments))
            replaying.start(wish, account_id=owner, session=session, services=services)
            sets = [rules.compile(written) for written in (active, trial)]
            rules.prepare()
            replaying.work(session=session, services=services)
            began, judged = time.perf_counter(), 0
            while done := replaying.work(session=session, services=services):
                judged += done
            replayed = judged / (time.perf_counter() - began)
            began = time.perf_counter()
            for text in texts[:judged]:
                for each in sets:
                    rules.evaluate(each, {Field.TEXT: text, Field.NICKNAME: "晨曦"}, Facts())
            bare = judged / (time.perf_counter() - began)
    print(
        f"{url.split(':')[0]}: replay {replayed:,.0f} comments a second, bare {bare:,.0f}, ratio {replayed / bare:.2f}"
    )


if __name__ == "__main__":
    main()
