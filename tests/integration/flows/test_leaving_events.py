"""Whatever somebody changes is in the audit, with who did it, and what was and is, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Details, Role, SessionLife
from moderation.domain.comment import Status
from moderation.domain.events import Actor, ActorKind, EventName
from moderation.domain.policy import Emergency, Mode
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import (
    accounts,
    authors,
    bulk,
    drafts,
    emergencies,
    invitations,
    people,
    profile,
    replaying,
    review,
    rulesets,
    shadow,
    sites,
    threads,
)
from moderation.flows.authors import Blocking
from moderation.flows.bulk import Choice
from moderation.flows.drafts import Seen
from moderation.flows.invitations import NewInvitation
from moderation.flows.replaying import Wish
from moderation.flows.review import Claimed, Decided, Reviewer, Ruling
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import AuditEvent, Comment, ReviewItem
from tests.factories import (
    LEASE_TOKEN,
    PASSWORD,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    active_rules,
    an_account,
)

APPROVE, REJECT, ESCALATE = DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.ESCALATE
E: Final = EventName
Told = tuple[str, dict[str, Any], dict[str, Any]]
"""An event's name, and of its old and new values those that matter."""


class House:
    """A site with one comment that waits, its owner, a colleague, and two sets of rules."""

    def __init__(self, session: Session, services: Services) -> None:
        self.session, self.services = session, services
        self.site = a_site(session, services, mode=Mode.PRE)
        self.owner = an_account(session, services, "olga", Role.OWNER)
        self.other = an_account(session, services, "lin", Role.MODERATOR, site_key="demo")
        self.active = active_rules(session, services, [a_rule("加微信")])
        self.trial = self.do(rulesets.import_rules, "demo", "trial", [a_rule("办证", Action.BLOCK)]).number
        a_comment(session, services, author_token="mod_author_" + "a" * 43)
        comment = session.scalars(select(Comment)).one()
        self.comment, self.author, self.thread = comment.id, comment.author_id, comment.thread_id
        session.rollback()
        self.actor = Actor(ActorKind.ACCOUNT, self.owner)
        self.reviewer = Reviewer(
            account_id=self.owner, name="Olga", site_ids=(self.site,), senior_site_ids=(self.site,)
        )

    def do(self, verb: Callable[..., Any], *given: object, **named: object) -> Any:
        return verb(*given, **named, session=self.session, services=self.services)

    def own(self, verb: Callable[..., Any], *given: object, **named: object) -> Any:
        """Do what an account does on sites of its own."""
        return self.do(verb, *given, **named, account_id=self.owner, site_ids=(self.site,))

    def reported(self) -> None:
        """Let the comment wait though it is published."""
        with self.session.begin():
            self.session.execute(update(Comment).values(status=Status.PUBLISHED, is_listed=True))
            self.session.execute(update(ReviewItem).values(state=ItemState.REPORTED))

    def rule(
        self,
        kind: DecisionKind,
        queue: ItemState = ItemState.WAITING,
        *,
        by: Reviewer | None = None,
    ) -> Decided:
        held = a_claim(self.session, self.services, by or self.reviewer, queue)
        assert isinstance(held, Claimed)
        reason = Reason.INSULT if kind is REJECT else None
        ruling = Ruling(item_id=held.item_id, lease_token=LEASE_TOKEN, revision=1, kind=kind, reason=reason)
        made: Decided = self.do(review.decide, ruling, reviewer=by or self.reviewer)
        return made

    def undo(self, decided: Decided) -> None:
        self.do(review.undo, decided.decision_id, token=LEASE_TOKEN, reviewer=self.reviewer)

    def at_one_stroke(self, kind: DecisionKind, reason: Reason | None = None) -> UUID:
        batch_id = uuid4()
        with self.session.begin():
            items = tuple(self.session.scalars(select(ReviewItem.id).where(ReviewItem.closed_at.is_(None))))
        self.do(
            bulk.decide_many,
            Choice(items=items),
            kind=kind,
            reason=reason,
            note=None,
            batch_id=batch_id,
            most=10,
            reviewer=self.reviewer,
        )
        return batch_id

    def second_look(self, kind: DecisionKind) -> Decided:
        """Judge what a colleague has approved."""
        self.do(sites.change, "demo", SiteSettings(second_look_percent=100))
        self.rule(
            APPROVE, by=Reviewer(account_id=self.other, name="Lin", site_ids=(self.site,), senior_site_ids=())
        )
        return self.rule(kind, ItemState.SECOND_LOOK)

    def a_draft(self) -> Seen:
        number = self.do(drafts.start, "demo", "draft", actor=self.actor)
        return Seen(site_key="demo", number=number, edition=0)

    def left(self, act: Callable[["House"], object]) -> list[AuditEvent]:
        """Do it; return the events it left."""
        with self.session.begin():
            last = self.session.scalar(select(func.max(AuditEvent.id))) or 0
        act(self)
        with self.session.begin():
            return list(
                self.session.scalars(select(AuditEvent).where(AuditEvent.id > last).order_by(AuditEvent.id))
            )


@pytest.fixture
def house(session: Session, services: Services) -> House:
    return House(session, services)


def nothing(_house: House) -> None:
    """Come to a house as it is."""


Act = Callable[[House], object]
PENDING, PUBLISHED, REJECTED = {"status": "pending"}, {"status": "published"}, {"status": "rejected"}
FROZEN, OPEN = {"frozen": True}, {"frozen": False}


def emergency(verb: Callable[..., None], *more: object) -> Act:
    return lambda house: house.own(verb, "demo", Emergency.FROZEN, *more)


def person(verb: Callable[..., Any], **named: object) -> Act:
    return lambda house: house.do(verb, house.owner, house.other, **named)


def sign_in_of_lin(house: House) -> None:
    life = SessionLife(absolute=timedelta(hours=12), idle=timedelta(hours=1))
    house.do(accounts.sign_in, "lin", PASSWORD, life=life, browser="Firefox")


def invite(house: House) -> Any:
    wanted = NewInvitation(name="Mei", role=Role.SENIOR, site_key="demo")
    return house.do(invitations.make, wanted, owner_id=house.owner)


def block(house: House) -> None:
    house.own(authors.block, house.author, Blocking(reason=Reason.INSULT, days=1))


def thread_mode(mode: Mode | None) -> Act:
    return lambda house: house.do(
        threads.set_mode, house.thread, mode, actor=house.actor, site_ids=(house.site,)
    )


def change_site(house: House) -> None:
    house.do(
        sites.change,
        "demo",
        SiteSettings(second_look_percent=9),
        actor=house.actor,
        site_ids=(house.site,),
    )


def replay(house: House) -> Any:
    wish = Wish(site_key="demo", number=house.trial, most=100)
    return house.do(replaying.start, wish, account_id=house.owner)


def start_shadow(house: House) -> None:
    house.do(shadow.start, "demo", house.trial, account_id=house.owner)


def prepared(before: Callable[[House], Any], act: Callable[[House, Any], object]) -> tuple[Act, Act]:
    """Let an act use what the preparation returned."""
    made: list[Any] = []
    return lambda house: made.append(before(house)), lambda house: act(house, made.pop())


CHANGES: Final[dict[str, tuple[Act, Act, Told]]] = {
    "language": (
        nothing,
        lambda house: house.do(accounts.choose_language, house.owner, "en"),
        (E.ACCOUNT_CHANGED, {"language": "zh-CN"}, {"language": "en"}),
    ),
    "profile": (
        nothing,
        lambda house: house.do(
            profile.change, house.owner, Details(name="Olga", language="zh-CN", time_zone="Europe/Oslo")
        ),
        (E.ACCOUNT_CHANGED, {}, {"time_zone": "Europe/Oslo"}),
    ),
    "keys": (
        nothing,
        lambda house: house.do(profile.set_keys, house.owner, {"approve": "KeyP"}),
        (E.ACCOUNT_CHANGED, {}, {"key_approve": "KeyP"}),
    ),
    "role": (
        nothing,
        lambda house: house.do(
            people.set_role, house.owner, house.other, site_id=house.site, role=Role.SENIOR
        ),
        (E.ROLE_GRANTED, {"role": "moderator"}, {"role": "senior"}),
    ),
    "role taken": (
        nothing,
        lambda house: house.do(people.set_role, house.owner, house.other, site_id=house.site, role=None),
        (E.ROLE_REVOKED, {"role": "moderator"}, {"role": None}),
    ),
    "disabled": (nothing, person(people.disable), (E.ACCOUNT_DISABLED, {}, {})),
    "enabled": (person(people.disable), person(people.enable), (E.ACCOUNT_ENABLED, {}, {})),
    "sessions ended": (
        sign_in_of_lin,
        person(people.end_all_sessions),
        (E.ACCOUNT_SESSION_ENDED, {}, {"sessions": 1}),
    ),
    "invitation": (nothing, invite, (E.INVITATION_MADE, {}, {"role": "senior"})),
    "invitation revoked": (
        *prepared(
            invite,
            lambda house, made: house.do(invitations.revoke, made.invitation_id, owner_id=house.owner),
        ),
        (E.INVITATION_REVOKED, {"role": "senior"}, {}),
    ),
    "site": (nothing, change_site, (E.SITE_CHANGED, {}, {"second_look_percent": 9})),
    "emergency": (nothing, emergency(emergencies.declare, None), (E.SITE_CHANGED, OPEN, FROZEN)),
    "emergency over": (
        emergency(emergencies.declare, None),
        emergency(emergencies.end),
        (E.SITE_CHANGED, FROZEN, OPEN),
    ),
    "thread": (nothing, thread_mode(Mode.CLOSED), (E.THREAD_CHANGED, {"mode": None}, {"mode": "closed"})),
    "block": (nothing, block, (E.AUTHOR_BLOCKED, {"banned_until": None}, {})),
    "block over": (
        block,
        lambda house: house.own(authors.unblock, house.author),
        (E.AUTHOR_UNBLOCKED, {}, {"banned_until": None}),
    ),
    "note": (
        nothing,
        lambda house: house.own(authors.note, house.author, "writes in the evening"),
        (E.AUTHOR_NOTED, {}, {}),
    ),
    "draft": (nothing, House.a_draft, (E.RULE_SET_DRAFTED, {}, {"number": 3})),
    "rule": (
        *prepared(
            House.a_draft,
            lambda house, seen: house.do(drafts.add_rule, seen, a_rule("办证"), actor=house.actor),
        ),
        (E.RULE_SET_EDITED, {}, {"number": 3}),
    ),
    "rules in force": (
        nothing,
        lambda house: house.do(rulesets.activate, "demo", house.trial, actor=house.actor),
        (E.RULE_SET_ACTIVATED, {}, {"number": 2}),
    ),
    "rules discarded": (
        nothing,
        lambda house: house.do(rulesets.discard, "demo", house.trial, actor=house.actor),
        (E.RULE_SET_DISCARDED, {}, {"number": 2}),
    ),
    "rules retired": (
        nothing,
        lambda house: house.do(rulesets.retire, "demo", house.active, actor=house.actor),
        (E.RULE_SET_RETIRED, {}, {"number": 1}),
    ),
    "replay": (nothing, replay, (E.REPLAY_STARTED, {}, {"number": 2})),
    "replay cancelled": (
        *prepared(
            replay,
            lambda house, made: house.do(replaying.cancel, "demo", made.replay_id, account_id=house.owner),
        ),
        (E.REPLAY_CANCELLED, {}, {}),
    ),
    "shadow": (nothing, start_shadow, (E.RULE_SET_SHADOWED, {}, {"number": 2})),
    "shadow over": (
        start_shadow,
        lambda house: house.do(shadow.stop, "demo", account_id=house.owner),
        (E.RULE_SET_UNSHADOWED, {}, {"number": 2}),
    ),
    "approved": (nothing, lambda house: house.rule(APPROVE), (E.COMMENT_PUBLISHED, PENDING, PUBLISHED)),
    "rejected": (nothing, lambda house: house.rule(REJECT), (E.COMMENT_REJECTED, PENDING, REJECTED)),
    "approved again": (
        House.reported,
        lambda house: house.rule(APPROVE, ItemState.REPORTED),
        (E.COMMENT_UPHELD, PUBLISHED, PUBLISHED),
    ),
    "escalated": (nothing, lambda house: house.rule(ESCALATE), (E.ITEM_ESCALATED, {}, {})),
    "undone": (
        *prepared(lambda house: house.rule(REJECT), House.undo),
        (E.COMMENT_RETURNED, REJECTED, PENDING),
    ),
    "escalation undone": (
        *prepared(lambda house: house.rule(ESCALATE), House.undo),
        (E.COMMENT_RETURNED, {}, {"decision_id": None}),
    ),
    "at one stroke": (
        nothing,
        lambda house: house.at_one_stroke(APPROVE),
        (E.COMMENT_PUBLISHED, PENDING, PUBLISHED),
    ),
    "again at one stroke": (
        House.reported,
        lambda house: house.at_one_stroke(APPROVE),
        (E.COMMENT_UPHELD, PUBLISHED, PUBLISHED),
    ),
    "stroke undone": (
        *prepared(
            lambda house: house.at_one_stroke(REJECT, Reason.INSULT),
            lambda house, batch: house.do(review.undo_batch, batch, reviewer=house.reviewer),
        ),
        (E.COMMENT_RETURNED, REJECTED, PENDING),
    ),
    "second look": (
        nothing,
        lambda house: house.second_look(REJECT),
        (E.DECISION_CHECKED, {}, {"is_agreed": False}),
    ),
    "second look undone": (
        *prepared(lambda house: house.second_look(APPROVE), House.undo),
        (E.DECISION_CHECKED, {}, {"decision_id": None}),
    ),
}


@pytest.mark.parametrize(("before", "act", "told"), CHANGES.values(), ids=CHANGES)
def test_every_change_is_told_with_who_did_it_and_what_was_and_is(
    house: House, before: Act, act: Act, told: Told
) -> None:
    before(house)

    events = house.left(act)

    assert events
    last = events[-1]
    assert (last.actor_kind, last.actor_id) == (ActorKind.ACCOUNT, house.owner)
    name, old, new = told
    assert (last.name, last.old | old, last.new | new) == (name, last.old, last.new)
