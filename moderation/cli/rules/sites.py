"""What `rules try` and `rules lint` take from a site. Imported only when a site is named: it loads the application."""

from moderation.cli.application import in_app
from moderation.cli.refusal import Refusal
from moderation.domain.ruleset import RuleSetState
from moderation.flows import rulesets, sampling
from moderation.rules import Document, Evaluation, Field
from moderation.web import context


@in_app
def try_on_site(site: str, texts: dict[Field, str]) -> Evaluation:
    """Say what a site's active rules make of a text."""
    return rulesets.try_text(site, texts, session=context.session(), services=context.services())


@in_app
def rules_of_site(site: str, number: int | None) -> Document:
    """Return a version of a site's rules, the active one if no number is given."""
    session = context.session()
    if number is None:
        listed = rulesets.list_versions(site, session=session)
        active = [version.number for version in listed if version.state is RuleSetState.ACTIVE]
        if not active:
            raise Refusal(f"{site} has no active rules; name a version with --number.")
        number = active[0]
    return rulesets.export_rules(site, number, session=session)


@in_app
def sample_of_site(site: str, most: int) -> list[str]:
    """Return the texts of a site's latest comments."""
    return sampling.recent_texts(site, most=most, session=context.session())
