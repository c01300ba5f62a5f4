"""Suggestions: terms that stand out in what people rejected in the last days, looked for in the worker, read by pages.

Only what people decided counts, and a suggestion does nothing by itself: a person adds it to a draft, or does not. To
plant one, somebody would have to get five different texts rejected, from five clients and under as many tokens, with
the term in next to nothing that is approved (`domain/suggestions.py`).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.errors import Fault, Invalid
from moderation.domain.review import DecisionKind
from moderation.domain.suggestions import READ_CHARS, Sample, Suggested, suggest
from moderation.ports import Services
from moderation.rules import Facts, Field, Kind, RuleSet, RuleSetError, Verdict
from moderation.rules.normalise import fold
from moderation.store import past, rulesets, sites, suggestions
from moderation.store.past import DecidedComment, PastComment, Place, Stretch
from moderation.store.tables import Suggestion, SuggestionExample, SuggestionList
from moderation.store.transaction import reading, transaction

WINDOWS: Final = (7, 30)
"""Days that are looked back: what is new, and what lasts."""
EVERY: Final = timedelta(hours=6)
SLICE: Final = 500
MOST: Final[Mapping[DecisionKind, int]] = {DecisionKind.REJECT: 4_000, DecisionKind.APPROVE: 8_000}
MOST_CHARS: Final[Mapping[DecisionKind, int]] = {
    DecisionKind.REJECT: 150_000,
    DecisionKind.APPROVE: 300_000,
}
"""Decisions that are looked at, the latest, and characters of their texts: a lone worker does nothing else meanwhile."""
EXAMPLES: Final = 5
SAMPLED: Final = 20
"""Rejected texts per term that are shown to the active rules, to see how many they find already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionView:
    """A suggested term with examples that can still be read."""

    suggestion: Suggestion
    examples: list[PastComment]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsView:
    """A list as its page shows it; `of` is None before the worker has heard of the site."""

    of: SuggestionList | None
    rows: list[SuggestionView]
    is_due: bool


def see(site_key: str, days: int, *, session: Session, services: Services) -> SuggestionsView:
    """Return a site's suggestions from the decisions of so many days. Raises `Invalid` for other days than offered."""
    _check_days(days)
    with reading(session):
        site = sites.find_site(session, site_key)
        of = suggestions.find_list(session, site.id, days)
        examples = suggestions.examples_of(session, site.id, days)
        ids = [comment_id for each in examples.values() for comment_id in each]
        comments = {comment.id: comment for comment in past.by_ids(session, site, ids)}
        return SuggestionsView(
            of=of,
            rows=[
                SuggestionView(
                    suggestion=each,
                    examples=[comments[one] for one in examples.get(each.position, ()) if one in comments],
                )
                for each in suggestions.all_of(session, site.id, days)
            ],
            is_due=of is None or of.due_at <= services.clock.now(),
        )


def ask(site_key: str, days: int, *, session: Session, services: Services) -> None:
    """Ask for a list to be made anew now; the worker does it."""
    _check_days(days)
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, site_key)
        suggestions.ensure_lists(session, WINDOWS, now=now)
        suggestions.make_due(session, site.id, days, now=now)


def work(*, session: Session, services: Services) -> int:
    """Make one list that is due; return 1, or 0 when none is. The worker's job."""
    now = services.clock.now()
    with reading(session):
        is_missing = suggestions.are_missing(session, WINDOWS)
    with transaction(session):
        if is_missing:
            suggestions.ensure_lists(session, WINDOWS, now=now)
        taken = suggestions.take_due(session, now=now, next_due=now + EVERY)
    if taken is None:
        return 0
    site_id, days = taken
    stretch = Stretch(since=now - timedelta(days=days), until=now)
    rejected = _read(site_id, stretch, DecisionKind.REJECT, session=session)
    approved = _read(site_id, stretch, DecisionKind.APPROVE, session=session)
    active = _active(site_id, session=session, services=services) if rejected else None
    found = suggest(
        _samples(rejected), _samples(approved), is_known=_known_to(active, now) if active else _unknown
    )
    rows, examples = [], []
    for position, each in enumerate(found):
        rows.append(_row(site_id, days, position, each, _caught(each, rejected, active, now)))
        examples += [
            SuggestionExample(site_id=site_id, days=days, position=position, comment_id=rejected[place].id)
            for place in _spread(each.holding, EXAMPLES)
        ]
    with transaction(session):
        suggestions.replace(
            session, site_id, days, rows, examples, rejected=len(rejected), approved=len(approved), now=now
        )
    services.log.info(
        "suggestions.made",
        site_id=str(site_id),
        days=days,
        count=len(rows),
        texts=len(rejected) + len(approved),
    )
    return 1


def _check_days(days: int) -> None:
    if days not in WINDOWS:
        raise Invalid([Fault("/days", "unknown")])


def _read(site_id: UUID, stretch: Stretch, kind: DecisionKind, *, session: Session) -> list[DecidedComment]:
    """Read decided texts slice by slice, the latest first; of near copies the latest."""
    groups: OrderedDict[bytes, DecidedComment] = OrderedDict()
    place: Place | None = None
    seen = chars = 0
    while seen < MOST[kind] and chars < MOST_CHARS[kind]:
        with reading(session):
            found, place = past.latest_decided(
                session,
                site_id,
                stretch,
                kind=kind,
                before=place,
                most=min(SLICE, MOST[kind] - seen),
                chars=READ_CHARS,
            )
        seen += len(found)
        chars += sum(len(each.text) for each in found if each.group not in groups)
        for each in found:
            groups.setdefault(each.group, each)
        if place is None:
            break
    return list(groups.values())


def _samples(comments: Sequence[DecidedComment]) -> list[Sample]:
    return [
        Sample(
            number=number,
            text=fold(comment.text)[:READ_CHARS],
            writer=comment.writer,
            client=comment.client,
            reason=comment.reason,
            link="" if comment.link is None else fold(comment.link),
        )
        for number, comment in enumerate(comments)
    ]


def _active(site_id: UUID, *, session: Session, services: Services) -> RuleSet | None:
    """Load the active rules; without any, or while they cannot be loaded, nothing is known already."""
    with reading(session):
        active_id = rulesets.active_id(session, site_id)
        if active_id is None:
            return None
        try:
            return services.rule_sets.get(active_id, lambda: rulesets.artefact(session, active_id))
        except RuleSetError:
            return None


def _unknown(_term: str, _kind: Kind) -> bool:
    return False


def _known_to(active: RuleSet, now: datetime) -> Callable[[str, Kind], bool]:
    facts = Facts(now=int(now.timestamp()))

    def is_known(term: str, kind: Kind) -> bool:
        written = f"https://{term}/" if kind is Kind.LINK else term
        return bool(rules.evaluate(active, {Field.TEXT: written}, facts).matches)

    return is_known


def _caught(
    each: Suggested, rejected: Sequence[DecidedComment], active: RuleSet | None, now: datetime
) -> int:
    """Tell in percent how many of the rejected texts with the term the active rules find by something else."""
    if active is None:
        return 0
    facts = Facts(now=int(now.timestamp()))
    sample = _spread(each.holding, SAMPLED)
    found = sum(
        rules.evaluate(active, {Field.TEXT: rejected[place].text}, facts).verdict is not Verdict.ALLOW
        for place in sample
    )
    return round(100 * found / len(sample))


def _spread(places: Sequence[int], most: int) -> list[int]:
    """Choose some of many, evenly."""
    if len(places) <= most:
        return list(places)
    return [places[number * len(places) // most] for number in range(most)]


def _row(site_id: UUID, days: int, position: int, each: Suggested, caught: int) -> Suggestion:
    return Suggestion(
        site_id=site_id,
        days=days,
        position=position,
        term=each.term,
        kind=each.kind,
        category=each.category,
        score=round(100 * each.score),
        rejected=each.rejected,
        approved=each.approved,
        clients=each.people,
        caught=caught,
    )
