"""Intake: how a draft becomes a comment.

    submit(draft)
      1 site and thread   known and open, origin allowed, draft sound     → SiteUnknown, OriginNotAllowed, Invalid …
        (a posting already answered gets its first receipt again)
      2 challenge         redeemed: single use, burnt even if later steps fail      → ChallengeFailed …
      3 limits            one posting of client, client and thread, author is spent  → TooMany
        (too much for the site, or a text repeated too often, waits)
      4 normalise and evaluate   all rules of the active rule set → matches, verdict
      5 judge             verdict, policy, standing → status, causes, reason
      6 store             comment, revision, evaluation, queue item, status by the one door, receipt: one transaction
      7 receipt           what the author is told

    revise(edit)
      the same checks of the new text, without the challenge: its author's token says that one was solved

Nothing is public before the last check has ended; a check that cannot run makes the comment wait for a person.
Steps 1–5 write nothing but the burnt challenge and the counters.
"""

from moderation.flows.intake.editing import Revised, revise
from moderation.flows.intake.receipts import Receipt, ReceiptThread
from moderation.flows.intake.submitting import submit

__all__ = ["Receipt", "ReceiptThread", "Revised", "revise", "submit"]
