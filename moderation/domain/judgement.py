"""A text that the rules have read becomes an outcome: what its site, its author and its links make of the verdict.

New comments and edited ones are judged here, alike. The truth table itself is `policy.outcome`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from moderation import rules
from moderation.domain.policy import Outcome, SitePolicy, Standing, outcome
from moderation.domain.reasons import Cause, Reason
from moderation.rules import Action, Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an author wrote that readers would see."""

    text: str
    nickname: str
    link: str | None

    @property
    def has_link(self) -> bool:
        """Say whether it leads somewhere: by the link beside the name, or one in name or text, disguised or not."""
        return self.link is not None or rules.has_link(self.text) or rules.has_link(self.nickname)


def judge(
    words: Words,
    evaluation: Evaluation,
    *,
    policy: SitePolicy,
    standing: Standing,
    further_causes: Iterable[Cause] = (),
) -> Outcome:
    """Judge what an author wrote, by what the rules found in it and the policy of its site and thread."""
    is_noticed = any(match.action is not Action.ALLOW for match in evaluation.matches)
    return outcome(
        evaluation.verdict,
        mode=policy.mode,
        standing=standing,
        reasons=[Reason(reason) for reason in evaluation.reasons],
        further_causes=further_causes,
        # Where nothing shows before a person approves, whatever a rule has noticed is for a person.
        trusted_pass=policy.trusted_pass and not is_noticed,
        has_waiting_link=policy.links_wait and words.has_link,
    )
