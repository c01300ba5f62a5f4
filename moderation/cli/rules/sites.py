"""What `rules try` and `rules lint` take from a site. Imported only when a site is named: it loads the application."""

from moderation.cli.application import in_app
from moderation.flows import rulesets
from moderation.rules import Evaluation, Field
from moderation.web import context


@in_app
def try_on_site(site: str, texts: dict[Field, str]) -> Evaluation:
    """Say what a site's active rules make of a text."""
    return rulesets.try_text(site, texts, session=context.session(), services=context.services())
