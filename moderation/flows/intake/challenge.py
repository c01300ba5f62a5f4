"""Step 2: the challenge is redeemed, and burnt whatever fails later; what it takes goes by the risk of the posting."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.challenge import (
    FAILED,
    KNOWN_AFTER_APPROVALS,
    OFTEN,
    PURPOSES,
    SOUND_PURPOSE,
    WAIVED_BY_FORM,
    WAIVED_BY_WORK,
    Counter,
    Kind,
    Level,
    Proof,
    Signs,
    Use,
    answer_parts,
    has_link,
    level_of,
    needed,
    strengths_of,
    weight_of,
)
from moderation.domain.draft import Draft
from moderation.domain.errors import ChallengeExpired, ChallengeFailed, ChallengeRequired
from moderation.domain.policy import ChallengeMode, Standing
from moderation.domain.reasons import Cause
from moderation.flows.intake.spending import client_key
from moderation.ports import Services, Spent
from moderation.store import challenges
from moderation.store.tables import Author, Site
from moderation.store.transaction import transaction


def redeem(
    draft: Draft,
    site: Site,
    author: Author | None,
    standing: Standing,
    posting: bytes | None,
    *,
    session: Session,
    services: Services,
    now: datetime,
) -> tuple[Cause, ...]:
    """Have the challenge redeemed that this posting takes; return why its comment must wait.

    1. The level, by the site's mode and by what is known of who posts. Whom too many failures shut out is refused
       before anything of his is burnt.
    2. What he brings: a waiver, an image's answer, or a proof of work. What is too little burns nothing but an image, whose
       one answer has been told: a light proof can still open an image.
    """
    if site.challenge is ChallengeMode.OFF:
        return ()
    client = f"{site.id}:{client_key(draft, services, now).hex()}"
    failed = services.limits.peek(client, limits=FAILED.grammar, scope=FAILED.scope)
    is_known = (
        author is not None
        and standing is not Standing.BANNED
        and author.approved_count >= KNOWN_AFTER_APPROVALS
    )
    level = _level(draft, site, client, failed, is_known=is_known, services=services)
    if level is Level.SHUT:
        raise failed.refusal(FAILED.scope)
    causes: tuple[Cause, ...] = (Cause.FAILED_OFTEN,) if level is Level.HARD else ()
    if level is not Level.FREE:
        # Without an Idempotency-Key no retry can be recognised, so no name may match.
        name = posting or services.secrets.digest(str(services.ids.new()))
        step = _Step(draft, site, level, client, name, session=session, services=services, now=now)
        causes += step.redeem()
    if site.challenge is ChallengeMode.ADAPTIVE:
        services.limits.spend(client, limits=OFTEN.grammar, scope=OFTEN.scope)
    return causes


def _level(
    draft: Draft, site: Site, client: str, failed: Spent, *, is_known: bool, services: Services
) -> Level:
    is_adaptive = site.challenge is ChallengeMode.ADAPTIVE
    signs = Signs(
        failures=failed.limit - failed.remaining,
        is_shut_out=not failed.is_allowed,
        posts_often=is_adaptive
        and not services.limits.peek(client, limits=OFTEN.grammar, scope=OFTEN.scope).is_allowed,
        is_known=is_known,
        has_link=is_adaptive and has_link(draft.text, draft.link),
    )
    return level_of(site.challenge, signs)


class _Step:
    """One posting's challenge, with what every way of meeting it needs."""

    def __init__(
        self,
        draft: Draft,
        site: Site,
        level: Level,
        client: str,
        posting: bytes,
        *,
        session: Session,
        services: Services,
        now: datetime,
    ) -> None:
        self._draft = draft
        self._site = site
        self._level = level
        self._client = client
        self._posting = posting
        self._session = session
        self._services = services
        self._now = now

    def redeem(self) -> tuple[Cause, ...]:
        """Redeem what the posting brings."""
        draft = self._draft
        if draft.is_waived and draft.is_own_page:
            self._spend(WAIVED_BY_FORM)
            return (Cause.UNCHALLENGED,)
        if draft.challenge_id is not None and draft.challenge_answer is not None:
            self._redeem_image()
            return ()
        if draft.challenge_proof is not None:
            return self._redeem_proof(draft.challenge_proof)
        raise self._required()

    def _redeem_image(self) -> None:
        """Burn the image in a transaction of its own: whatever fails later, it cannot be tried again."""
        draft, services = self._draft, self._services
        assert draft.challenge_id is not None  # noqa: S101 - seen by the caller
        assert draft.challenge_answer is not None  # noqa: S101
        answer = answer_parts(draft.challenge_id, draft.challenge_answer)
        macs = {
            strength: services.secrets.keyed_by_all(purpose, *answer)
            for strength, purpose in PURPOSES.items()
        }
        enough = strengths_of(self._level)
        with transaction(self._session):
            redeemed = challenges.redeem(
                self._session,
                self._site.id,
                draft.challenge_id,
                answer_macs=[macs[strength] for strength in enough],
                sound_macs=self._as_heard,
                weak_macs=[macs[strength] for strength in macs if strength not in enough],
                posting=self._posting,
                now=self._now,
            )
        if redeemed.is_right:
            return
        if redeemed.is_weak:
            # Answered rightly, but drawn before his client had failed so often.
            raise self._required()
        if redeemed.is_fresh:
            raise self._failed()
        raise ChallengeExpired

    def _as_heard(self, sound_id: UUID) -> dict[str, bytes]:
        assert self._draft.challenge_answer is not None  # noqa: S101 - there is an answer to compare
        answer = answer_parts(sound_id, self._draft.challenge_answer)
        return self._services.secrets.keyed_by_all(SOUND_PURPOSE, *answer)

    def _redeem_proof(self, told: str) -> tuple[Cause, ...]:
        """Use up a proof of work, if it is one, of this site, and worth enough."""
        facts = self._services.proof_of_work.check(told)
        if facts is None:
            raise self._failed()
        proof = Proof.read(facts)
        if proof is None or proof.site_id != self._site.id:
            raise ChallengeExpired
        if proof.use is Use.WAIVER:
            self._use_up(proof)
            self._spend(WAIVED_BY_WORK)
            return (Cause.UNCHALLENGED,)
        kind = needed(self._site.challenge, self._level)
        if kind is not Kind.POW or proof.weight < weight_of(self._level):
            raise self._required()
        self._use_up(proof)
        return ()

    def _use_up(self, proof: Proof) -> None:
        with transaction(self._session):
            is_ours = challenges.redeem_proof(
                self._session,
                self._site.id,
                proof.id,
                posting=self._posting,
                key_id=self._services.secrets.key_id,
                expires_at=proof.expires_at,
                now=self._now,
            )
        if not is_ours:
            raise ChallengeExpired

    def _required(self) -> ChallengeRequired:
        return ChallengeRequired(needed(self._site.challenge, self._level).value)

    def _failed(self) -> ChallengeFailed:
        self._services.limits.spend(self._client, limits=FAILED.grammar, scope=FAILED.scope)
        return ChallengeFailed()

    def _spend(self, counters: Sequence[Counter]) -> None:
        """Spend one of the client's, then one of the site's, so that no one client can use up what all share."""
        for counter, key in zip(counters, (self._client, str(self._site.id)), strict=True):
            spent = self._services.limits.spend(key, limits=counter.grammar, scope=counter.scope)
            if not spent.is_allowed:
                raise spent.refusal(counter.scope)
