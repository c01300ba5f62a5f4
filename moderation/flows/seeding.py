"""Seeding: comments with a past, for the demo. They go the way of all comments, only at another time.

    seed(site, comments, decided_by)
      1 in the order of time: a comment is received and judged by the site's rules and policy, as at intake
      2 some minutes later the given account decides what waits, as the seed says

The same door, evaluations, queue items, decisions and audit as for real ones, in one transaction: all or nothing.
No challenge and no limits: nobody is posting.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.comment import Status
from moderation.domain.events import RULES, Actor, ActorKind
from moderation.domain.policy import Outcome, Standing, outcome, told_to_author
from moderation.domain.reasons import Reason
from moderation.domain.repeats import GROUP
from moderation.domain.review import DecisionKind, ItemState, risk_of
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.rules import Evaluation, Facts, Field, RuleSet, Verdict, fingerprint
from moderation.store import changes, comments, decisions, desk, review, rulesets, search_index, sites
from moderation.store.tables import Comment, Decision, ReviewItem, Revision, Site, Thread
from moderation.store.transaction import transaction

DECIDED_AFTER = (3, 8, 5, 11, 4)
"""Minutes a moderator takes, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A comment with a past. `reply_to` is the place of an earlier seed of the same thread."""

    thread_key: str
    thread_title: str | None
    thread_url: str | None
    nickname: str
    text: str
    created_at: datetime
    status: Status
    """What becomes of it, unless a rule blocks it: published and rejected are decided, pending waits."""
    reason: Reason | None = None
    reply_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the seeds go, and the rules that read them."""

    site: Site
    rule_set_id: UUID | None
    rule_set: RuleSet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seeded:
    comment_id: UUID
    root_id: UUID
    item: ReviewItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    evaluation: Evaluation
    outcome: Outcome


def seed(
    site_key: str,
    seeds: Sequence[Seed],
    *,
    decided_by: UUID,
    on_step: Callable[[], object],
    session: Session,
    services: Services,
) -> Counter[Status]:
    """Write comments with a past; return how many have which status. `on_step` is called twice for each."""
    written: dict[int, _Seeded] = {}
    with transaction(session):
        place = _place(sites.find_site(session, site_key), session, services)
        for at, number, is_decision in _in_order_of_time(seeds):
            one, moment = seeds[number], changes.Moment(now=at, new_id=services.ids.new)
            if is_decision:
                _decide(session, one, written[number], decided_by, moment)
            else:
                parent = None if one.reply_to is None else written[one.reply_to]
                written[number] = _receive(
                    one, parent, place, moment=moment, session=session, services=services
                )
            on_step()
        return Counter(desk.statuses_of(session, [place.site.id]))


def _in_order_of_time(seeds: Sequence[Seed]) -> list[tuple[datetime, int, bool]]:
    received = [(one.created_at, number, False) for number, one in enumerate(seeds)]
    decided = [
        (one.created_at + timedelta(minutes=DECIDED_AFTER[number % len(DECIDED_AFTER)]), number, True)
        for number, one in enumerate(seeds)
    ]
    return sorted(received + decided)


# 1 Received and judged ----------------------------------------------------------------------------------------


def _place(site: Site, session: Session, services: Services) -> _Place:
    active = rulesets.active_id(session, site.id)
    rule_set = None
    if active is not None:
        rule_set = services.rule_sets.get(active, lambda: rulesets.artefact(session, active))
    return _Place(site=site, rule_set_id=active, rule_set=rule_set)


def _receive(
    one: Seed,
    parent: _Seeded | None,
    place: _Place,
    *,
    moment: changes.Moment,
    session: Session,
    services: Services,
) -> _Seeded:
    site = place.site
    thread = sites.ensure_thread(
        session,
        site.id,
        key=one.thread_key,
        title=one.thread_title,
        url=one.thread_url,
        new_id=moment.new_id(),
        now=moment.now,
    )
    author = comments.ensure_author(
        session,
        site.id,
        # One author for each nickname: the secret half of a token that nobody holds.
        Writer(author_hash=services.secrets.digest(f"seed:{one.nickname}")),
        new_id=moment.new_id(),
        now=moment.now,
    )
    judged = _judge(one, place, thread, moment.now)
    told = told_to_author(judged.outcome.status, judged.outcome.reason, is_honest=site.is_honest)
    comment_id = moment.new_id()
    comment = Comment(
        id=comment_id,
        site_id=site.id,
        thread_id=thread.id,
        author_id=author.id,
        parent_id=None if parent is None else parent.comment_id,
        root_id=None if parent is None else parent.root_id,
        status=Status.PENDING,
        reason=None,
        is_told=told.status is judged.outcome.status,
        revision=1,
        is_listed=False,
        published_reply_count=0,
        client_key=None,
        text_hash=services.secrets.keyed(GROUP, fingerprint.essence(one.text).text),
        created_at=moment.now,
        decided_at=None,
    )
    changes.receive(session, comment, actor=Actor(ActorKind.AUTHOR, author.id), moment=moment)
    status, reason = judged.outcome.status, judged.outcome.reason
    changes.apply(session, comment, status, reason=reason, actor=RULES, moment=moment)
    session.flush()
    revision = _revision(comment, one, judged.evaluation)
    comments.add_revision(session, revision)
    search_index.index_text(session, search_index.written(comment, revision, judged.evaluation))
    comments.add_evaluation(
        session,
        comment,
        judged.evaluation,
        rule_set_id=place.rule_set_id,
        new_id=moment.new_id(),
        now=moment.now,
    )
    item = _item(comment, judged, moment) if judged.outcome.needs_review else None
    if item is not None:
        review.add(session, item)
    session.flush()
    root_id = comment_id if parent is None else parent.root_id
    return _Seeded(comment_id=comment_id, root_id=root_id, item=item)


def _judge(one: Seed, place: _Place, thread: Thread, now: datetime) -> _Judged:
    evaluation = Evaluation(verdict=Verdict.ALLOW)
    if place.rule_set is not None:
        texts = {Field.TEXT: one.text, Field.NICKNAME: one.nickname}
        facts = Facts(thread_key=one.thread_key, now=int(now.timestamp()))
        evaluation = rules.evaluate(place.rule_set, texts, facts)
    judged = outcome(
        evaluation.verdict,
        mode=sites.policy_of(place.site, thread).mode,
        standing=Standing.NEW,
        reasons=[Reason(reason) for reason in evaluation.reasons],
    )
    return _Judged(evaluation=evaluation, outcome=judged)


def _revision(comment: Comment, one: Seed, evaluation: Evaluation) -> Revision:
    masked = {field: [span for at, span in evaluation.masks if at is field] for field in Field}
    nickname, text = masked[Field.NICKNAME], masked[Field.TEXT]
    return Revision(
        comment_id=comment.id,
        number=comment.revision,
        nickname=one.nickname,
        link=None,
        text=one.text,
        shown_nickname=rules.mask(one.nickname, nickname) if nickname else None,
        shown_text=rules.mask(one.text, text) if text else None,
        created_at=comment.created_at,
    )


def _item(comment: Comment, judged: _Judged, moment: changes.Moment) -> ReviewItem:
    status, causes = judged.outcome.status, judged.outcome.causes
    return review.waiting_item(
        comment,
        ItemState.WAITING,
        causes,
        risk=risk_of(judged.evaluation.score, causes, is_shown=status is Status.PUBLISHED),
        new_id=moment.new_id(),
        now=moment.now,
        evaluation=judged.evaluation,
    )


# 2 Decided ----------------------------------------------------------------------------------------------------


def _decide(session: Session, one: Seed, seeded: _Seeded, account_id: UUID, moment: changes.Moment) -> None:
    """Decide what waits; a comment that a rule blocked, or that shall wait, is left alone."""
    item = seeded.item
    if item is None or one.status is Status.PENDING:
        return
    is_approval = one.status is Status.PUBLISHED
    item.state, item.closed_at = ItemState.DECIDED, moment.now
    session.flush()
    decision = Decision(
        id=moment.new_id(),
        site_id=item.site_id,
        item_id=item.id,
        comment_id=item.comment_id,
        account_id=account_id,
        kind=DecisionKind.APPROVE if is_approval else DecisionKind.REJECT,
        queue=ItemState.WAITING,
        status_before=Status.PENDING,
        reason_before=None,
        reason=None if is_approval else one.reason or Reason.OTHER,
        note=None,
        undoes_id=None,
        checks_id=None,
        batch_id=None,
        created_at=moment.now,
    )
    decisions.add(session, decision)
    comment = changes.lock_comment(session, item.site_id, item.comment_id)
    actor = Actor(ActorKind.ACCOUNT, account_id)
    changes.apply(session, comment, one.status, reason=decision.reason, actor=actor, moment=moment)
    comment.is_told = True
    comments.count_decision(
        session, comment.author_id, approved=int(is_approval), rejected=int(not is_approval)
    )
