"""Plain functions that make what a test needs, through the flows themselves where that is what a user would do."""

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.caller import Caller
from moderation.domain.draft import Draft
from moderation.domain.edit import Edit
from moderation.domain.policy import ChallengeMode, Mode, SignIn
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.domain.writer import Writer
from moderation.flows import accounts, bulk, challenges, intake, review, rulesets, sites
from moderation.flows.accounts import NewAccount
from moderation.flows.bulk import Choice
from moderation.flows.intake import Receipt, Revised
from moderation.flows.review import Claimed, Reviewer
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action, Rule
from moderation.store.tables import ReviewItem

ORIGIN = "https://news.example"
PASSWORD = "correct horse battery"
AUTHOR_TOKEN = "mod_author_" + "a" * 43
LEASE_TOKEN = "mod_lease_of_a_test"
WIDE = {
    "client": "100000/minute",
    "client_and_thread": "100000/minute",
    "author": "100000/minute",
    "same_text": "100000/minute",
    "site": "100000/minute",
    "like": "100000/minute",
    "report": "100000/minute",
    "edit": "100000/minute",
    "appeal": "100000/minute",
}


def a_site(
    session: Session,
    services: Services,
    key: str = "demo",
    *,
    mode: Mode = Mode.PRE,
    challenge: ChallengeMode = ChallengeMode.OFF,
    limits: dict[str, str] | None = None,
    origins: tuple[str, ...] = (ORIGIN,),
    is_honest: bool = False,
    sign_in: SignIn | None = None,
    trusted_pass: bool = False,
    links_wait: bool = False,
) -> UUID:
    """Make a site; without a challenge, with wide limits and free links, unless the test is about those."""
    settings = SiteSettings(
        name="Example News",
        origins=origins,
        mode=mode,
        challenge=challenge,
        limits=WIDE if limits is None else limits,
        is_honest=is_honest,
        sign_in=sign_in,
        trusted_pass=trusted_pass,
        links_wait=links_wait,
    )
    return sites.create(key, settings, session=session, services=services)


def a_rule(term: str, action: Action = Action.REVIEW, *, category: str = "advertising") -> Rule:
    """Make a rule of one term."""
    return Rule(
        key=f"rule-{term.encode().hex()[:50]}", term=term, action=action, category=category, severity=50
    )


def active_rules(session: Session, services: Services, rules: Iterable[Rule], site_key: str = "demo") -> int:
    """Import rules as a new version and activate it; return its number."""
    version = rulesets.import_rules(site_key, "test", list(rules), session=session, services=services)
    rulesets.activate(site_key, version.number, session=session, services=services)
    return version.number


def a_writer(token: str = AUTHOR_TOKEN) -> Writer:
    """Make a reader who is known by the token of his browser."""
    return Writer(author_hash=hashlib.sha256(token.encode()).digest())


def a_draft(text: str = "花海开得真早", **changed: object) -> Draft:
    """Make a draft that passes every check of a plain site; `author_token`: of the browser that sends it."""
    token = changed.pop("author_token", None)
    if token is not None:
        changed["writer"] = a_writer(str(token))
    fields: dict[str, object] = {
        "site_key": "demo",
        "origin": ORIGIN,
        "client": "192.0.2.7",
        "thread_key": "1553855",
        "nickname": "晨曦",
        "text": text,
    }
    return Draft(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Draft


def an_asking(**changed: object) -> challenges.Request:
    """Make a request for a challenge, as a page of the plain site sends it."""
    fields: dict[str, object] = {"site_key": "demo", "origin": ORIGIN, "client": "192.0.2.7"}
    return challenges.Request(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Request


def a_comment(session: Session, services: Services, text: str = "花海开得真早", **changed: object) -> Receipt:
    """Post a comment through the intake."""
    return intake.submit(a_draft(text, **changed), session=session, services=services)


def a_caller(**changed: object) -> Caller:
    """Make a page of the site, in the browser of one client."""
    fields: dict[str, object] = {"origin": ORIGIN, "client": "192.0.2.7"}
    return Caller(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Caller


def an_edit(comment_id: UUID, text: str, **changed: object) -> Edit:
    """Make an edit of the first text of a comment by its author."""
    fields: dict[str, object] = {
        "site_key": "demo",
        "caller": a_caller(),
        "writer": a_writer(),
        "comment_id": comment_id,
        "revision": 1,
        "text": text,
    }
    return Edit(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Edit


def revised(session: Session, services: Services, comment_id: UUID, text: str, **changed: object) -> Revised:
    """Edit a comment as its author does."""
    return intake.revise(an_edit(comment_id, text, **changed), session=session, services=services)


def an_account(
    session: Session,
    services: Services,
    login: str = "lin",
    role: Role = Role.MODERATOR,
    *,
    site_key: str | None = None,
    language: str = "zh-CN",
) -> UUID:
    """Make an account with `PASSWORD`."""
    new = NewAccount(
        login=login,
        name=login.title(),
        password=PASSWORD,
        role=role,
        site_key=site_key,
        language=language,
    )
    return accounts.create(new, session=session, services=services)


def a_claim(
    session: Session,
    services: Services,
    who: Reviewer,
    queue: ItemState = ItemState.WAITING,
    *,
    token: str = LEASE_TOKEN,
    beyond: UUID | None = None,
    is_forward: bool = True,
) -> Claimed | None:
    """Claim the next item of a queue and give back the others; None when nothing waits."""
    claimed = review.claim_some(
        who,
        queue,
        token=token,
        most=1,
        beyond=beyond,
        is_forward=is_forward,
        session=session,
        services=services,
    )
    return claimed[0] if claimed else None


def decisions(
    session: Session, services: Services, who: Reviewer, comments: Sequence[UUID], kind: DecisionKind
) -> UUID:
    """Decide comments that wait, those rejected as fraud; return the batch."""
    waiting = select(ReviewItem.id).where(ReviewItem.comment_id.in_(comments), ReviewItem.closed_at.is_(None))
    done = bulk.decide_many(
        Choice(items=tuple(session.scalars(waiting))),
        kind=kind,
        reason=Reason.FRAUD if kind is DecisionKind.REJECT else None,
        note=None,
        batch_id=uuid4(),
        most=len(comments),
        reviewer=who,
        session=session,
        services=services,
    )
    assert len(done.decided) == len(comments)
    return done.batch_id
