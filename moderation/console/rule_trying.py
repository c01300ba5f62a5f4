"""Try a text against the rules in force or a draft: nothing of it is stored."""

from collections.abc import Sequence

from flask import Response, request

from moderation.console import blueprint, marks, pages, rule_forms, rule_sites
from moderation.domain.account import Permission
from moderation.flows import rule_pages, rulesets
from moderation.rules import Evaluation, Field, explain
from moderation.web import context
from moderation.web.auth import permission

MOST_CHARS = 20_000


@blueprint.get("/rules/<site_key>/try")
@permission(Permission.REVIEW)
def rule_try(site_key: str) -> Response:
    """Show the form."""
    return _show(site_key, {}, number=rule_forms.version())


@blueprint.post("/rules/<site_key>/try")
@permission(Permission.REVIEW)
def try_rules(site_key: str) -> Response:
    """Say what the rules make of a text. A post, so that the text stands in no address and no log."""
    rule_sites.permitted(site_key)
    texts = {part: request.form.get(part, "")[:MOST_CHARS] for part in Field}
    number = rule_forms.version()
    evaluation = rulesets.try_text(
        site_key,
        {part: text for part, text in texts.items() if text},
        number=number,
        session=context.session(),
        services=context.services(),
    )
    return _show(site_key, texts, number=number, evaluation=evaluation)


def show_again(site_key: str, *, set_faults: list[str]) -> Response:
    """Render the form with what was typed, after the rules could not be run."""
    texts = {part: request.form.get(part, "")[:MOST_CHARS] for part in Field}
    return _show(site_key, texts, number=rule_forms.version(), status=422, set_faults=set_faults)


def _show(
    site_key: str,
    texts: dict[Field, str],
    *,
    number: int | None,
    evaluation: Evaluation | None = None,
    status: int = 200,
    set_faults: Sequence[str] = (),
) -> Response:
    versions = rule_pages.usable(rule_sites.permitted(site_key), session=context.session())
    return pages.page(
        "rule_try.html",
        status=status,
        site_key=site_key,
        versions=versions,
        texts=texts,
        number=number,
        found=evaluation,
        matches=[] if evaluation is None else [marks.view_of(match) for match in evaluation.matches],
        sentences=[] if evaluation is None else explain(evaluation, pages.explained_in()),
        set_faults=set_faults,
    )
