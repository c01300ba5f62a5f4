"""What a challenge's answer is compared by: the same reading of it when it is drawn and when it is redeemed."""

from uuid import UUID

from moderation import rules

PURPOSE = "challenge-answer"
"""Names the keyed hash of an answer, apart from all other hashes under the same key."""


def answer_parts(challenge_id: UUID, answer: str) -> tuple[str, str]:
    """Bind an answer to its challenge, read the way people type: full-width digits, spaces around, capitals."""
    return str(challenge_id), rules.normalise(answer).folded.strip()
