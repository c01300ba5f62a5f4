"""Migrations on both databases: they lead to the tables, and back, with rows in every table."""

import re
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from moderation.domain.account import Role, SessionLife
from moderation.domain.appeal import AppealState
from moderation.domain.challenge import PURPOSE
from moderation.domain.events import OPERATOR, Event, EventName
from moderation.domain.figures import Measure
from moderation.domain.filters import SavedPlace
from moderation.domain.policy import ChallengeMode
from moderation.domain.reasons import Reason
from moderation.domain.report import ReportState
from moderation.domain.review import DecisionKind, ItemState
from moderation.extensions import db, migrations_folder, schema_head
from moderation.flows import accounts, auditing, challenges, filters, jobs, patrol, review
from moderation.flows.review import Reviewer, Ruling
from moderation.ports import Services
from moderation.store import outbox
from moderation.store.base import Base
from moderation.store.tables import (
    ApiKey,
    Appeal,
    AuditEvent,
    Author,
    AuthorBlock,
    AuthorNote,
    Comment,
    Figure,
    FigureHour,
    Identity,
    IdentityRequest,
    Invitation,
    Like,
    PortalKey,
    QueueHour,
    RecoveryCode,
    Report,
    SecondFactor,
    SignInStep,
    Sound,
)
from tests.factories import (
    LEASE_TOKEN,
    PASSWORD,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    active_rules,
    an_account,
    an_asking,
)
from tests.migration.trials import fill_trials

VERSIONS: Final = sorted(path.stem for path in (migrations_folder() / "versions").glob("*.py"))
HOUR: Final = timedelta(hours=1)
KEPT_BY_ALEMBIC: Final = {"alembic_version"}
INDEX_OF_SEARCH: Final = ("search_words", "ix_search_documents_words")
"""FTS5 with the tables that SQLite makes for it, GIN on PostgreSQL: no mapped class has them."""


def tables_there() -> set[str]:
    there = set(inspect(db.engine).get_table_names()) - KEPT_BY_ALEMBIC
    return {name for name in there if not name.startswith(INDEX_OF_SEARCH)}


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    return name is None or not name.startswith(INDEX_OF_SEARCH)


def fill(session: Session, services: Services) -> None:
    """Leave at least one row in every table, through the flows where there is one."""
    site = a_site(session, services, challenge=ChallengeMode.IMAGE)
    active_rules(session, services, [a_rule("花海")])
    issued = challenges.issue(an_asking(), seconds=60, session=session, services=services)
    answers = services.secrets.keyed_by_all(PURPOSE)
    assert answers
    token = "mod_author_" + "a" * 43
    a_comment(
        session,
        services,
        "公园里的花海开得真早，周末去看看",
        challenge_id=issued.id,
        challenge_answer="1",
        author_token=token,
        idempotency_key="k",
    )
    account_id = an_account(session, services, role=Role.SENIOR)
    accounts_life = SessionLife(absolute=HOUR, idle=HOUR)
    accounts.sign_in("lin", PASSWORD, life=accounts_life, session=session, services=services)
    person = Reviewer(account_id=account_id, name="Lin", site_ids=(site,), senior_site_ids=(site,))
    held = a_claim(session, services, person)
    assert held is not None
    ruling = Ruling(
        item_id=held.item_id,
        lease_token=LEASE_TOKEN,
        revision=1,
        kind=DecisionKind.REJECT,
        reason=Reason.OTHER,
    )
    decided = review.decide(ruling, reviewer=person, session=session, services=services)
    review.undo(decided.decision_id, token=LEASE_TOKEN, reviewer=person, session=session, services=services)
    filters.save(account_id, SavedPlace.SEARCH, name="x", query="q=x", session=session, services=services)
    patrol.patrol(session=session, services=services)
    jobs.take("purge", period=HOUR, session=session, services=services)
    author_id = session.scalars(select(Author.id)).one()
    noted = {"author_id": author_id, "account_id": account_id, "created_at": services.clock.now()}
    session.add(AuthorNote(id=services.ids.new(), text="x", **noted))
    session.add(AuthorBlock(id=services.ids.new(), reason=Reason.INSULT, **noted))
    session.add(
        ApiKey(
            id=services.ids.new(),
            site_id=site,
            name="x",
            prefix="mod_api_x",
            secret_hash=b"x",
            scopes=[],
            created_at=services.clock.now(),
            expires_at=None,
            revoked_at=None,
            last_used_at=None,
        )
    )
    fill_people(session, services, account_id)
    fill_objections(session, services, site)
    fill_record(session, services, site)
    fill_trials(session, services, site)
    session.commit()


def fill_people(session: Session, services: Services, account_id: UUID) -> None:
    """Leave a row of each way in."""
    now = services.clock.now()
    soon = {"account_id": account_id, "created_at": now, "expires_at": now + HOUR}
    session.add(
        Invitation(
            id=services.ids.new(),
            token_hash=b"t",
            name="x",
            role=Role.OWNER,
            invited_by=account_id,
            created_at=now,
            expires_at=now + HOUR,
        )
    )
    session.add(SecondFactor(account_id=account_id, secret="S", created_at=now, last_step=0))
    session.add(RecoveryCode(code_hash=b"c", account_id=account_id))
    session.add(SignInStep(token_hash=b"s", attempts=0, **soon))
    session.add(
        Identity(id=services.ids.new(), account_id=account_id, issuer="i", subject="s", created_at=now)
    )
    session.add(IdentityRequest(state_hash=b"q", nonce="n", verifier="v", details={}, **soon))


def fill_objections(session: Session, services: Services, site: UUID) -> None:
    """Leave a row of each thing that readers and portals bring."""
    now = services.clock.now()
    comment_id = session.scalars(select(Comment.id)).first()
    session.add(Like(comment_id=comment_id, token_hash=b"l", created_at=now))
    session.add(PortalKey(site_id=site, key_id="k", created_at=now))
    session.add(
        Sound(
            id=services.ids.new(),
            answer_mac=b"m",
            key_id="k",
            content=b"s",
            media_type="audio/wav",
            created_at=now,
        )
    )
    about = {"id": services.ids.new(), "site_id": site, "comment_id": comment_id, "created_at": now}
    session.add(Appeal(text="x", reason_before=Reason.OTHER, state=AppealState.OPEN, **about))
    session.add(
        Report(
            revision=1,
            reason=Reason.OTHER,
            reporter_hash=b"r",
            weight=100,
            is_proven=False,
            state=ReportState.OPEN,
            receipt_hash=b"c",
            **about,
        )
    )


def fill_record(session: Session, services: Services, site: UUID) -> None:
    """Leave an event that is sealed, one that is not, and a figure of each kind."""
    now = services.clock.now()
    session.commit()
    auditing.seal_all(session=session, services=services)
    event = Event(
        name=EventName.SITE_CHANGED, actor=OPERATOR, subject_kind="site", subject_id=site, site_id=site
    )
    outbox.record(session, event, now=now)
    session.add(Figure(site_id=site, measure=Measure.ARRIVED, hour=now, subject="", count=1))
    session.add(FigureHour(hour=now, computed_at=now))
    session.add(QueueHour(site_id=site, state=ItemState.WAITING, hour=now, length=1, oldest_seconds=1))


def empty_tables() -> list[str]:
    with db.engine.connect() as connection:
        return [
            table.name
            for table in Base.metadata.sorted_tables
            if not connection.scalar(select(func.count()).select_from(table))
        ]


def test_migrations_lead_from_nothing_to_the_tables(empty_app: Flask) -> None:
    assert tables_there() == set()

    upgrade()

    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == schema_head()
    assert tables_there() == {table.name for table in Base.metadata.sorted_tables}
    assert empty_app.name == "moderation"


def test_each_migration_goes_down_and_up_again_with_rows_in_every_table(
    empty_app: Flask, services: Services
) -> None:
    assert empty_app.name
    upgrade()
    with Session(db.engine, expire_on_commit=False) as session:
        fill(session, services)
    assert empty_tables() == []

    for _ in VERSIONS:
        downgrade()
    assert tables_there() == set()
    upgrade()

    assert tables_there() == {table.name for table in Base.metadata.sorted_tables}


def test_upgrading_twice_changes_nothing(empty_app: Flask) -> None:
    assert empty_app.name
    upgrade()
    upgrade()

    assert tables_there() == {table.name for table in Base.metadata.sorted_tables}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET reason = 'x'",
        "DELETE FROM audit_events",
        "UPDATE audit_events SET id = id",
    ],
)
def test_the_database_refuses_to_change_the_audit(
    session: Session, services: Services, statement: str
) -> None:
    a_site(session, services)

    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))

    session.rollback()
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1


def test_migrations_are_numbered_without_a_gap_and_each_names_the_one_before() -> None:
    assert [int(name[:4]) for name in VERSIONS] == list(range(1, len(VERSIONS) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+", name) for name in VERSIONS)
    before = "None"
    for name in VERSIONS:
        source = (migrations_folder() / "versions" / f"{name}.py").read_text(encoding="utf-8")
        assert f'revision = "{name}"' in source
        assert f"down_revision = {before}" in source
        before = f'"{name}"'


def test_the_head_file_names_the_last_migration() -> None:
    assert schema_head() == VERSIONS[-1]
