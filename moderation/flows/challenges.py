"""Challenges: set or drawn for whoever asks, by the ladder of `domain/challenge.py`. Redeeming belongs to intake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.challenge import (
    FAILED,
    HEAVIEST,
    IMAGES_UNPROVEN,
    KNOWN_AFTER_APPROVALS,
    OFTEN,
    PURPOSES,
    SOUND_PURPOSE,
    SOUNDS,
    WAIVED_BY_WORK,
    Counter,
    Kind,
    Level,
    Proof,
    Signs,
    Strength,
    Use,
    Want,
    answer_parts,
    level_of,
    needed,
    strengths_of,
    weight_of,
)
from moderation.domain.draft import MAX_PROOF_CHARS, faults_of_string, faults_of_thread_key
from moderation.domain.errors import (
    ChallengeFailed,
    ChallengeNotNeeded,
    ChallengeRequired,
    ChallengeUnknown,
    Invalid,
    OriginNotAllowed,
    SoundUnavailable,
    ThreadClosed,
    TooMany,
)
from moderation.domain.policy import ChallengeMode, Mode
from moderation.domain.writer import Writer
from moderation.ports import Services, Spent
from moderation.store import challenges, comments, sites
from moderation.store.tables import Author, Challenge, Site, Sound
from moderation.store.transaction import reading, transaction

OWN_PAGE_LIMIT = "30/minute"
REFILL_BATCH = 25
"""Challenges drawn per transaction: about a tenth of a second of CPU, so that a stop is never long in coming."""
PROOF_SECONDS = 600
"""How long a proof of work holds: it is made while its reader writes, and costs him no attention when it lapses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a page of the site asks for, and who asks."""

    site_key: str
    origin: str | None
    client: str
    """The client's address, already cut to what counts as one client (`domain.client`)."""
    thread_key: str | None = None
    accepts: frozenset[Kind] = frozenset({Kind.IMAGE})
    """What this page's script can do: without a secure context no browser makes proofs of work."""
    wants: Want | None = None
    proof: str | None = None
    writer: Writer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedChallenge:
    """What a reader's page needs: an image with its size, or work to do; and until when it can be answered."""

    id: UUID
    kind: Kind
    width: int | None = None
    height: int | None = None
    work: Mapping[str, object] | None = None
    expires_at: datetime
    expires_in_seconds: int


def issue(asked: Request, *, seconds: int, session: Session, services: Services) -> IssuedChallenge:
    """Issue what this reader has to do before he posts; an image is valid for `seconds`.

    1. Nothing, where the site asks for nothing, or not of this author.
    2. Work, wherever work is due and has not been done: asked again with its proof, it is followed by what it opens.
       What is not a proof at all is a failure; one that has lapsed, was used, or is too light is answered by new work.
    3. An image.
    """
    now = services.clock.now()
    site = _site_of(asked, session)
    desk = _Desk(site, asked.client, session=session, services=services, now=now)
    level = desk.level(asked.writer)
    if site.challenge is ChallengeMode.OFF or level is Level.FREE:
        raise ChallengeNotNeeded
    if asked.wants is Want.WAIVER:
        desk.look_at(WAIVED_BY_WORK)
        return desk.set_work(Use.WAIVER, HEAVIEST)
    if asked.wants is Want.SOUND:
        desk.need_sound()
        return desk.set_work(Use.CHALLENGE, weight_of(level))
    can_work = Kind.POW in asked.accepts
    is_image = not can_work or asked.wants is Want.IMAGE or needed(site.challenge, level) is Kind.IMAGE
    if not is_image:
        return desk.set_work(Use.CHALLENGE, weight_of(level))
    if site.challenge is ChallengeMode.ADAPTIVE and can_work:
        if not desk.has_worked(asked.proof, weight_of(level)):
            return desk.set_work(Use.CHALLENGE, weight_of(level))
    elif site.challenge is not ChallengeMode.IMAGE:
        desk.spend(IMAGES_UNPROVEN)
    return desk.draw(level, seconds)


def issue_for_own_page(
    site_key: str, client: str, *, seconds: int, session: Session, services: Services
) -> IssuedChallenge | None:
    """Issue an image for this service's own page; None where none is needed, or a client asks or fails too often.

    The page is read far more often than it is posted from: a crawler must be able to read it without draining the
    pool, so what is above the limit reads the comments and gets no picture.
    """
    site = sites.find_site(session, site_key)
    if site.challenge is ChallengeMode.OFF:
        return None
    page_key = services.secrets.keyed("page-client", client).hex()
    if not services.limits.spend(page_key, limits=OWN_PAGE_LIMIT, scope="own-page").is_allowed:
        return None
    desk = _Desk(site, client, session=session, services=services, now=services.clock.now())
    try:
        return desk.draw(desk.level(None), seconds)
    except TooMany:
        return None


def _site_of(asked: Request, session: Session) -> Site:
    """Return the site, if its page may ask, and the thread takes comments."""
    site = sites.find_site(session, asked.site_key)
    if asked.origin not in site.origins:
        raise OriginNotAllowed
    faults = [*faults_of_string("/proof", asked.proof, MAX_PROOF_CHARS, is_line=True)]
    if asked.thread_key is not None:
        faults += faults_of_thread_key(asked.thread_key)
    if faults:
        raise Invalid(faults)
    if asked.thread_key is not None:
        thread = sites.find_thread(session, site.id, asked.thread_key)
        if sites.policy_of(site, thread).mode is Mode.CLOSED:
            raise ThreadClosed
    return site


class _Desk:
    """Where one client of one site is given his challenge."""

    def __init__(
        self, site: Site, client: str, *, session: Session, services: Services, now: datetime
    ) -> None:
        self._site = site
        # As intake names him, who counts the failures (`intake/spending.py`).
        key = services.secrets.keyed("client", now.date().isoformat(), client).hex()
        self._client = f"{site.id}:{key}"
        self._session = session
        self._services = services
        self._now = now

    def level(self, writer: Writer | None) -> Level:
        """Return the level at which he would post, as far as it can be known before his text. Raises `TooMany`."""
        failed = self._peek(FAILED)
        is_adaptive = self._site.challenge is ChallengeMode.ADAPTIVE
        level = level_of(
            self._site.challenge,
            Signs(
                failures=failed.limit - failed.remaining,
                is_shut_out=not failed.is_allowed,
                posts_often=is_adaptive and not self._peek(OFTEN).is_allowed,
                is_known=is_adaptive and writer is not None and self._is_known(writer),
            ),
        )
        if level is Level.SHUT:
            raise failed.refusal(FAILED.scope)
        return level

    def _is_known(self, writer: Writer) -> bool:
        author = comments.find_author(self._session, self._site.id, writer.author_hash)
        return author is not None and _is_trusted_to_post(author, self._now)

    def set_work(self, use: Use, weight: int) -> IssuedChallenge:
        """Set a piece of work."""
        proof = Proof(
            id=self._services.ids.new(),
            site_id=self._site.id,
            use=use,
            weight=weight,
            expires_at=self._now + timedelta(seconds=PROOF_SECONDS),
        )
        return IssuedChallenge(
            id=proof.id,
            kind=Kind.POW,
            work=self._services.proof_of_work.ask(proof.facts(), weight=weight),
            expires_at=proof.expires_at,
            expires_in_seconds=PROOF_SECONDS,
        )

    def proof(self, told: str | None, weight: int) -> Proof | None:
        """Read a proof of work of at least this weight, used or not; None: there is none. Raises `ChallengeFailed`."""
        if told is None:
            return None
        facts = self._services.proof_of_work.check(told)
        if facts is None:
            self._services.limits.spend(self._client, limits=FAILED.grammar, scope=FAILED.scope)
            raise ChallengeFailed
        proof = Proof.read(facts)
        if proof is None or proof.site_id != self._site.id or proof.use is not Use.CHALLENGE:
            return None
        return proof if proof.weight >= weight else None

    def has_worked(self, told: str | None, weight: int) -> bool:
        """Use up a proof of work of at least this weight; say whether it was one. Raises `ChallengeFailed`."""
        proof = self.proof(told, weight)
        if proof is None:
            return False
        with transaction(self._session):
            return self._use_up(proof)

    def _use_up(self, proof: Proof) -> bool:
        return challenges.redeem_proof(
            self._session,
            self._site.id,
            proof.id,
            # A name that no posting can have.
            posting=self._services.secrets.digest(str(self._services.ids.new())),
            key_id=self._services.secrets.key_id,
            expires_at=proof.expires_at,
            now=self._now,
        )

    def need_sound(self) -> None:
        """Say before any work is done that there is no sound to be had. Raises `SoundUnavailable`."""
        with reading(self._session):
            if not challenges.sounds_left(self._session, key_ids=_sound_keys(self._services)):
                raise SoundUnavailable

    def give_sound(self, challenge_id: UUID, proof: Proof) -> None:
        """Use up a proof and give a sound to a challenge, both or neither."""
        with transaction(self._session):
            if not self._use_up(proof):
                raise ChallengeRequired(Kind.POW.value)
            sound_id = challenges.take_sound(
                self._session, key_ids=_sound_keys(self._services), now=self._now
            )
            if sound_id is None:
                raise SoundUnavailable
            if not challenges.give_sound(self._session, self._site.id, challenge_id, sound_id, now=self._now):
                raise ChallengeUnknown

    def draw(self, level: Level, seconds: int) -> IssuedChallenge:
        """Give an image: from the pool, or drawn now where it must be harder than those."""
        strength = strengths_of(level)[0]
        expires_at = self._now + timedelta(seconds=seconds)
        if strength is Strength.NORMAL:
            issued = self._from_pool(expires_at)
        else:
            # So few that no pool is kept of them: whoever asks has failed twice within the hour.
            issued = self._drawn_now(strength, expires_at)
        return IssuedChallenge(
            id=issued.id,
            kind=Kind.IMAGE,
            width=issued.width,
            height=issued.height,
            expires_at=expires_at,
            expires_in_seconds=seconds,
        )

    def _from_pool(self, expires_at: datetime) -> challenges.Issued:
        key_ids = self._services.secrets.keyed_by_all(PURPOSES[Strength.NORMAL]).keys()
        with transaction(self._session):
            issued = challenges.issue(self._session, self._site.id, key_ids=key_ids, expires_at=expires_at)
        if issued is not None:
            return issued
        # Readers should not pay for a worker that is down: draw one now, and say so.
        self._services.log.warning("challenge.pool-dry", site_id=str(self._site.id))
        return self._drawn_now(Strength.NORMAL, expires_at)

    def _drawn_now(self, strength: Strength, expires_at: datetime) -> challenges.Issued:
        fresh = _draw(self._services, self._now, strength)
        fresh.site_id, fresh.expires_at = self._site.id, expires_at
        with transaction(self._session):
            challenges.add_to_pool(self._session, [fresh])
        return challenges.Issued(fresh.id, fresh.media_type, fresh.width, fresh.height)

    def look_at(self, counters: tuple[Counter, Counter]) -> None:
        """Refuse now what would be refused after the work was done."""
        for counter, key in zip(counters, (self._client, str(self._site.id)), strict=True):
            left = self._services.limits.peek(key, limits=counter.grammar, scope=counter.scope)
            if not left.is_allowed:
                raise left.refusal(counter.scope)

    def spend(self, *counters: Counter) -> None:
        """Spend one of the client's and, of a second counter, one of the site's. Raises `TooMany`."""
        for counter, key in zip(counters, (self._client, str(self._site.id)), strict=False):
            spent = self._services.limits.spend(key, limits=counter.grammar, scope=counter.scope)
            if not spent.is_allowed:
                raise spent.refusal(counter.scope)

    def _peek(self, counter: Counter) -> Spent:
        return self._services.limits.peek(self._client, limits=counter.grammar, scope=counter.scope)


def _is_trusted_to_post(author: Author, now: datetime) -> bool:
    is_banned = author.banned_until is not None and author.banned_until > now
    return not is_banned and author.approved_count >= KNOWN_AFTER_APPROVALS


@dataclass(frozen=True, slots=True)
class Content:
    """A challenge's picture, or its sound."""

    content: bytes
    media_type: str


def image(site_key: str, challenge_id: UUID, *, session: Session, services: Services) -> Content:
    """Return the picture of a challenge that can still be answered. Raises `ChallengeUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        found = challenges.find_image(session, site.id, challenge_id, now=services.clock.now())
        if found is None:
            raise ChallengeUnknown
        return Content(found.image, found.media_type)


def give_sound(asked: Request, challenge_id: UUID, *, session: Session, services: Services) -> None:
    """Give a challenge its sound, for a proof of work. One that has it already keeps it, and costs nothing more.

    1. The challenge can still be answered, and there is a sound.
    2. The work was done; only then is anything spent, so that who does none uses up nothing of what all share.
    3. Proof, sound and challenge are tied in one transaction.
    """
    now = services.clock.now()
    site = _site_of(asked, session)
    desk = _Desk(site, asked.client, session=session, services=services, now=now)
    level = desk.level(asked.writer)
    with reading(session):
        found = challenges.find_answerable(session, site.id, challenge_id, now=now)
    if found is None:
        raise ChallengeUnknown
    if found.sound_id is not None:
        return
    desk.need_sound()
    proof = desk.proof(asked.proof, weight_of(level))
    if proof is None or proof.expires_at <= now:
        raise ChallengeRequired(Kind.POW.value)
    desk.spend(*SOUNDS)
    desk.give_sound(challenge_id, proof)


def sound(site_key: str, challenge_id: UUID, *, session: Session, services: Services) -> Content:
    """Return the sound of a challenge that can still be answered. Raises `ChallengeUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        found = challenges.find_sound(session, site.id, challenge_id, now=services.clock.now())
        if found is None:
            raise ChallengeUnknown
        return Content(found.content, found.media_type)


def refill_sounds(*, size: int, session: Session, services: Services) -> int:
    """Make one sound if the pool holds fewer than `size`; with none wanted, drop those that wait. Return how many."""
    if size == 0:
        with transaction(session):
            challenges.drop_sounds(session)
        return 0
    with reading(session):
        missing = size - challenges.sounds_left(session, key_ids=_sound_keys(services))
    if missing <= 0:
        return 0
    recording = services.sounds.record()
    sound_id = services.ids.new()
    made = Sound(
        id=sound_id,
        answer_mac=services.secrets.keyed(SOUND_PURPOSE, *answer_parts(sound_id, recording.answer)),
        key_id=services.secrets.key_id,
        content=recording.content,
        media_type=recording.media_type,
        taken_at=None,
        created_at=services.clock.now(),
    )
    with transaction(session):
        challenges.add_sound(session, made)
    return 1


def _sound_keys(services: Services) -> Collection[str]:
    return services.secrets.keyed_by_all(SOUND_PURPOSE).keys()


def refill(*, size: int, session: Session, services: Services) -> int:
    """Draw challenges until the pool holds `size`, or one batch is drawn; return how many were."""
    with reading(session):
        key_ids = services.secrets.keyed_by_all(PURPOSES[Strength.NORMAL]).keys()
        missing = size - challenges.pool_size(session, key_ids=key_ids)
    if missing <= 0:
        return 0
    now = services.clock.now()
    drawn = [_draw(services, now) for _ in range(min(missing, REFILL_BATCH))]
    with transaction(session):
        challenges.add_to_pool(session, drawn)
    return len(drawn)


def _draw(services: Services, now: datetime, strength: Strength = Strength.NORMAL) -> Challenge:
    drawing = services.captcha.draw(strength)
    challenge_id = services.ids.new()
    return Challenge(
        id=challenge_id,
        site_id=None,
        answer_mac=services.secrets.keyed(PURPOSES[strength], *answer_parts(challenge_id, drawing.answer)),
        key_id=services.secrets.key_id,
        image=drawing.image,
        media_type=drawing.media_type,
        width=drawing.width,
        height=drawing.height,
        created_at=now,
        expires_at=None,
        redeemed_at=None,
        redeemed_for=None,
    )
