"""A worker killed in the middle of a replay: another goes on, and every comment counts once."""

import signal
import subprocess
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.adapters.clock import SystemClock
from moderation.domain.policy import Mode
from moderation.domain.replay import ReplayState, read_cells
from moderation.flows import replaying, rulesets
from moderation.flows.replaying import Wish
from moderation.ports import Services
from moderation.store.tables import Comment, Job, Replay, Revision
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account

pytestmark = pytest.mark.servers
COMMENTS = 5_000
PATIENCE_SECONDS = 60
Start = Callable[..., subprocess.Popen[str]]
Wait = Callable[[Callable[[], bool], str], None]


def many_comments(session: Session, services: Services) -> None:
    """Copy one comment many times: what is judged is the text, not how it came in."""
    comment = session.get_one(Comment, a_comment(session, services, "求助，办证找我").comment_id)
    revision = session.scalars(select(Revision)).one()
    columns = {column.key: getattr(comment, column.key) for column in Comment.__table__.columns}
    columns["receipt_hash"] = None  # a receipt is of one comment
    texts = {column.key: getattr(revision, column.key) for column in Revision.__table__.columns}
    ids = [services.ids.new() for _ in range(COMMENTS - 1)]
    session.bulk_insert_mappings(Comment, [columns | {"id": each} for each in ids])
    session.bulk_insert_mappings(Revision, [texts | {"comment_id": each} for each in ids])
    session.commit()


def see(session: Session) -> tuple[ReplayState, int]:
    row = session.execute(select(Replay.state, Replay.judged)).one()
    session.rollback()
    return row.state, row.judged


def test_a_killed_workers_replay_goes_on_elsewhere_and_counts_each_comment_once(
    start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    owner = an_account(session, services, "owner")
    active_rules(session, services, [a_rule("求助")])
    many_comments(session, services)
    version = rulesets.import_rules("demo", "trial", [a_rule("办证")], session=session, services=services)
    wish = Wish(site_key="demo", number=version.number, most=COMMENTS)
    replaying.start(wish, account_id=owner, session=session, services=services)
    first = start("first", "worker")
    wait_for(lambda: see(session)[1] > 0, "the first worker is at it")
    first.send_signal(signal.SIGKILL)
    first.wait(PATIENCE_SECONDS)
    state, judged = see(session)
    assert (state, 0 < judged < COMMENTS) == (ReplayState.RUNNING, True)

    # What it had taken is as if its lease were over.
    now = SystemClock().now()
    session.execute(update(Replay).values(lease_expires_at=now))
    session.execute(update(Job).values(due_at=now))
    session.commit()
    start("second", "worker")
    start("third", "worker")
    wait_for(lambda: see(session)[0] is ReplayState.DONE, "the replay is done")

    replay = session.scalars(select(Replay)).one()
    counted = sum(count.number for count in read_cells(replay.cells).values())
    assert (replay.judged, counted) == (COMMENTS, COMMENTS)
