"""Step 2: the challenge is redeemed, and burnt whatever fails later."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.domain.challenge import PURPOSE, answer_parts
from moderation.domain.draft import Draft
from moderation.domain.errors import ChallengeExpired, ChallengeFailed, ChallengeRequired
from moderation.ports import Services
from moderation.store import challenges
from moderation.store.tables import Site
from moderation.store.transaction import transaction


def redeem(
    draft: Draft, site: Site, posting: bytes | None, *, session: Session, services: Services, now: datetime
) -> None:
    """Burn the challenge in a transaction of its own: whatever fails later, it cannot be tried again."""
    if draft.challenge_id is None or draft.challenge_answer is None:
        raise ChallengeRequired
    answer = answer_parts(draft.challenge_id, draft.challenge_answer)
    with transaction(session):
        redeemed = challenges.redeem(
            session,
            site.id,
            draft.challenge_id,
            answer_macs=services.secrets.keyed_by_all(PURPOSE, *answer),
            # Without an Idempotency-Key no retry can be recognised, so no name may match.
            posting=posting or services.secrets.digest(str(services.ids.new())),
            now=now,
        )
    if redeemed.is_right:
        return
    if redeemed.is_fresh:
        raise ChallengeFailed
    raise ChallengeExpired
