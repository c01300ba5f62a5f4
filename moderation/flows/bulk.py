"""Many items at one stroke: a selection, a group of copies, an author, a rule, a thread. One by one is `review`.

Small transactions of at most a hundred items, so that nobody waits long and a browser can show how far it is. All
decisions carry the batch's id: by it the same request goes on where it stopped, and `review.undo_batch` takes it back.
Appeals and second looks are never settled here: each is about one decision.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from moderation.domain.draft import faults_of_string
from moderation.domain.errors import Fault, Invalid, ItemUnknown
from moderation.domain.events import Actor, ActorKind
from moderation.domain.reasons import Reason
from moderation.domain.review import MAX_NOTE_CHARS, STATUS_AFTER, DecisionKind, Reviewer
from moderation.ports import Services
from moderation.store import bulk, changes, review
from moderation.store.bulk import Scope, Stroke
from moderation.store.transaction import reading, transaction

BATCH = 100
MOST_ITEMS = 500
"""Items that can be named one by one: more is a group, an author, a rule or a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What shall be decided together: exactly one of these."""

    items: tuple[UUID, ...] | None = None
    group_of: UUID | None = None
    """An item: with everything that waits and says the same, or nearly."""
    author_id: UUID | None = None
    rule: tuple[UUID, str] | None = None
    """A site and the key of a rule: what waits there and in which that rule weighs most."""
    thread_id: UUID | None = None
    read_at: datetime | None = None
    """Beside `items`: when whoever chose them read them. What has got another text since is skipped."""

    def __post_init__(self) -> None:
        """Refuse none, or several at once."""
        chosen = [field.name for field in fields(self) if field.name != "read_at"]
        if sum(getattr(self, name) is not None for name in chosen) != 1:
            raise Invalid([Fault("/choice", "malformed")])
        if self.items is not None and len(self.items) > MOST_ITEMS:
            raise Invalid([Fault("/items", "too-many", MOST_ITEMS)])


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkDone:
    """What one call did."""

    batch_id: UUID
    decided: tuple[UUID, ...]
    """Items, of this call."""
    skipped: int
    """Items that somebody else holds, or has decided, or that were edited since they were read."""
    left: int
    """Items for the next call with the same batch id."""


def count(choice: Choice, *, reviewer: Reviewer, session: Session, services: Services) -> int:
    """Count what waits and can be decided by this person; what is beyond ten thousand is not counted."""
    scope = _scope(reviewer, services)
    with reading(session):
        return bulk.count(session, _conditions(session, choice, reviewer), scope.open(), scope.free())


def decide_many(
    choice: Choice,
    *,
    kind: DecisionKind,
    reason: Reason | None,
    note: str | None,
    batch_id: UUID,
    most: int,
    reviewer: Reviewer,
    session: Session,
    services: Services,
) -> BulkDone:
    """Decide up to `most` items alike. The same batch id again goes on where it stopped, and decides nothing twice.

    Raises `ItemUnknown` for a group of an item that this person does not know.
    """
    _check(kind, reason, note)
    wanted = Stroke(batch_id=batch_id, account_id=reviewer.account_id, kind=kind, reason=reason, note=note)
    decided: list[UUID] = []
    while len(decided) < most:
        some = _decide_some(
            choice,
            wanted,
            min(BATCH, most - len(decided)),
            reviewer=reviewer,
            session=session,
            services=services,
        )
        if not some:
            break
        decided += some
    scope = _scope(reviewer, services)
    with reading(session):
        chosen = (_conditions(session, choice, reviewer), scope.open(), bulk.not_in_batch(batch_id))
        left = bulk.count(session, *chosen, scope.free())
        if choice.items is None:
            skipped = bulk.count(session, *chosen, ~scope.free())
        else:
            skipped = len(set(choice.items)) - left - bulk.count_decided(session, batch_id)
    services.log.info(
        "items.decided",
        batch_id=str(batch_id),
        kind=kind,
        count=len(decided),
        account_id=str(reviewer.account_id),
    )
    return BulkDone(batch_id=batch_id, decided=tuple(decided), skipped=max(skipped, 0), left=left)


def _decide_some(
    choice: Choice, wanted: Stroke, most: int, *, reviewer: Reviewer, session: Session, services: Services
) -> list[UUID]:
    scope = _scope(reviewer, services)
    moment = changes.Moment(now=scope.now, new_id=services.ids.new)
    with transaction(session):
        items = bulk.lock(
            session,
            _conditions(session, choice, reviewer),
            scope.open(),
            scope.free(),
            bulk.not_in_batch(wanted.batch_id),
            most=most,
        )
        if items:
            bulk.decide(session, items, wanted, Actor(ActorKind.ACCOUNT, reviewer.account_id), moment)
    return [item_id for item_id, _ in items.values()]


def _conditions(session: Session, choice: Choice, reviewer: Reviewer) -> ColumnElement[bool]:
    if choice.items is not None:
        return bulk.named(choice.items, read_at=choice.read_at)
    if choice.author_id is not None:
        return bulk.of_author(choice.author_id)
    if choice.thread_id is not None:
        return bulk.in_thread(choice.thread_id)
    if choice.rule is not None:
        return bulk.of_rule(*choice.rule)
    assert choice.group_of is not None  # noqa: S101 - one of them is set
    item = review.find_item(session, reviewer.site_ids, choice.group_of)
    if item is None:
        raise ItemUnknown
    return bulk.in_group(item)


def _scope(reviewer: Reviewer, services: Services) -> Scope:
    return Scope(
        site_ids=reviewer.site_ids,
        senior_site_ids=reviewer.senior_site_ids,
        account_id=reviewer.account_id,
        now=services.clock.now(),
    )


def _check(kind: DecisionKind, reason: Reason | None, note: str | None) -> None:
    faults = []
    if kind not in STATUS_AFTER:
        faults.append(Fault("/kind", "unexpected"))
    if (kind is DecisionKind.REJECT) != (reason is not None):
        faults.append(Fault("/reason", "required" if reason is None else "unexpected"))
    if note is not None:
        faults += faults_of_string("/note", note, MAX_NOTE_CHARS)
    if faults:
        raise Invalid(faults)
