"""A draft becomes a comment: the steps of the intake, in their order."""

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.domain.errors import ThreadClosed
from moderation.domain.events import RULES, Actor, ActorKind
from moderation.domain.judgement import Words, judge
from moderation.domain.policy import Mode, refuse_unsigned, told_to_author
from moderation.flows.intake.challenge import redeem
from moderation.flows.intake.judging import evaluate
from moderation.flows.intake.keeping import ensure_author, item_of, keep_text, own_url, vouch
from moderation.flows.intake.receipts import (
    Receipt,
    ReceiptThread,
    editable_until,
    first_receipt,
    posting_of,
    receipt_code,
    receipt_to_json,
)
from moderation.flows.intake.spending import client_key, find_repeat, hold, spend
from moderation.flows.intake.writing import find_author, find_parent, sound, standing_in_force
from moderation.ports import Services
from moderation.store import changes, comments, repeats, review, rulesets, sites
from moderation.store.tables import Comment
from moderation.store.transaction import transaction


def submit(draft: Draft, *, session: Session, services: Services) -> Receipt:
    """Take a draft through every check and store what becomes of it."""
    now = services.clock.now()

    # 1 Site and thread
    site = sites.find_site(session, draft.site_key)
    draft = sound(draft, site)
    posting = posting_of(draft, site, services)
    if posting is not None:
        answered = first_receipt(session, site, posting, draft, services)
        if answered is not None:
            return answered
    thread = sites.find_thread(session, site.id, draft.thread_key)
    policy = sites.policy_of(site, thread)
    if policy.mode is Mode.CLOSED:
        raise ThreadClosed
    refuse_unsigned(policy.sign_in, draft.writer)
    parent = find_parent(session, thread, draft)
    author = find_author(session, site, draft)
    standing = standing_in_force(author, now)

    # 2 Challenge
    unsure = redeem(draft, site, author, standing, posting, session=session, services=services, now=now)

    # 3 Limits
    spend(draft, site, policy, services=services, now=now)
    repeat = find_repeat(draft, site, session=session, services=services)
    held = hold(repeat, site, policy, services=services)

    # 4 Normalise and evaluate
    rule_set_id = rulesets.active_id(session, site.id)
    found = evaluate(draft, site, rule_set_id, session=session, services=services, now=now)
    evaluation = found.evaluation

    # 5 Judge
    judged = judge(
        Words(text=draft.text, nickname=draft.nickname, link=draft.link),
        evaluation,
        policy=policy,
        standing=standing,
        further_causes=unsure + held + found.causes,
    )

    # 6 Store
    told = told_to_author(judged.status, judged.reason, is_honest=policy.is_honest)
    moment = changes.Moment(now=now, new_id=services.ids.new)
    comment_id = services.ids.new()
    vouch(session, author, draft)
    with transaction(session):
        thread = sites.ensure_thread(
            session,
            site.id,
            key=draft.thread_key,
            title=found.title,
            url=own_url(draft, site),
            new_id=services.ids.new(),
            now=now,
        )
        is_shown = judged.status is Status.PUBLISHED
        receipt = Receipt(
            comment_id=comment_id,
            status=told.status,
            reason=told.reason,
            created_at=now,
            thread=ReceiptThread(key=thread.key, count=thread.published_count + is_shown),
            code=receipt_code(comment_id, services),
            editable_until=editable_until(draft, told, policy, now),
        )
        if posting is not None and not comments.keep_receipt(
            session,
            site.id,
            posting,
            body_hash=draft.body_hash(),
            comment_id=comment_id,
            receipt=receipt_to_json(receipt),
            now=now,
        ):
            # A twin of this very posting was faster: nothing of ours is stored, and both are told the same.
            session.rollback()
            answered = first_receipt(session, site, posting, draft, services)
            assert answered is not None  # noqa: S101 - the key that stopped us is committed
            return answered
        writer = ensure_author(session, site, draft, services, now)
        comment = Comment(
            id=comment_id,
            site_id=site.id,
            thread_id=thread.id,
            author_id=None if writer is None else writer.id,
            parent_id=None if parent is None else parent.id,
            root_id=None if parent is None else parent.root_id or parent.id,
            status=Status.PENDING,
            reason=None,
            is_told=told.status is judged.status,
            revision=1,
            is_listed=False,
            published_reply_count=0,
            receipt_hash=services.secrets.digest(receipt.code),
            client_key=client_key(draft, services, now),
            text_hash=repeat.group,
            created_at=now,
            decided_at=None,
        )
        changes.receive(
            session,
            comment,
            actor=Actor(ActorKind.AUTHOR, None if writer is None else writer.id),
            moment=moment,
        )
        changes.apply(session, comment, judged.status, reason=judged.reason, actor=RULES, moment=moment)
        session.flush()
        repeats.keep_fingerprint(session, comment, repeat.new_bands)
        keep_text(session, comment, draft, evaluation, now)
        comments.add_evaluation(
            session,
            comment,
            evaluation,
            rule_set_id=found.rule_set_id,
            new_id=services.ids.new(),
            now=now,
        )
        if judged.needs_review:
            review.add(session, item_of(comment, judged, evaluation, services, now))

    # 7 Receipt
    services.log.info(
        "comment.received",
        site_id=str(site.id),
        comment_id=str(comment_id),
        status=judged.status,
        verdict=evaluation.verdict,
        causes=[str(cause) for cause in judged.causes],
    )
    return receipt
