"""Narrow a rule from a card that it hit wrongly: a menu of the matched rules, each with a suggested exception."""

from dataclasses import dataclass
from uuid import UUID

from flask import Response, request, url_for

from moderation.console import blueprint, marks, pages, rule_sites, wording
from moderation.domain.account import Permission
from moderation.flows import desk, narrowing
from moderation.flows.desk import CardView, MatchView
from moderation.flows.narrowing import Narrowing
from moderation.rules import Action, Field, Kind, suggest_exception
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.languages import gettext

MOST_RULES = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule that hit a card: the digit that takes it, its name, and the exception to suggest."""

    digit: str
    rule_key: str
    name: str
    category: str
    exception: str


@blueprint.app_template_global("narrow_choices")
def choices(view: CardView) -> list[Choice]:
    """List the rules on words that hit a card, as they are marked on it; only those have exceptions."""
    first: dict[str, MatchView] = {}
    for match in marks.badges(view.matches):
        if match.kind is Kind.TERM and match.action != Action.ALLOW:
            first.setdefault(match.rule_key, match)
    return [
        Choice(
            digit,
            match.rule_key,
            marks.named(match, pages.explained_in()),
            str(wording.REASONS[match.category]),
            _suggested(view, match),
        )
        for digit, match in zip("1234567890", list(first.values())[:MOST_RULES], strict=False)
    ]


def _suggested(view: CardView, match: MatchView) -> str:
    texts = {
        Field.TEXT: view.card.text,
        Field.NICKNAME: view.card.nickname,
        Field.LINK: view.card.link or "",
    }
    return suggest_exception(texts[match.field], match.start, match.end) or ""


@blueprint.get("/items/<uuid:item_id>/narrow")
@permission(Permission.NARROW)
def narrow(item_id: UUID) -> Response:
    """Show the menu as a page, for browsers without script and for links."""
    return _show(item_id)


@blueprint.post("/items/<uuid:item_id>/narrow")
@permission(Permission.NARROW)
def narrow_rule(item_id: UUID) -> Response:
    """Add an exception to a rule, in the draft of corrections. The same again changes nothing."""
    done = narrowing.narrow(
        Narrowing(
            item_id=item_id,
            rule_key=request.form.get("rule", "")[:64].replace("\0", ""),
            exception=_typed(),
            draft_name=gettext("Corrections"),
        ),
        site_ids=_site_ids(),
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    address = url_for("console.rule_version", site_key=done.site_key, number=done.number)
    template = "narrow_done.html" if pages.is_swap() else "narrow_done_page.html"
    return pages.page(template, done=done, address=address)


def show_again(problem: str) -> Response:
    """Say what was wrong: a line in the menu, or the page again."""
    item_id = UUID(str((request.view_args or {})["item_id"]))
    if pages.is_swap():
        return pages.page("narrow_done.html", done=None, problem=problem)
    return _show(item_id, status=422, problem=problem)


def _show(item_id: UUID, *, status: int = 200, **told: object) -> Response:
    view = desk.card_view(_site_ids(), item_id, session=context.session(), services=context.services())
    return pages.page("narrow_page.html", status=status, view=view, typed=request.form, **told)


def _typed() -> str:
    """Read the exception; what no database keeps is left out."""
    text = request.form.get("exception", "").replace("\0", "")
    return " ".join(text.encode("utf-8", "ignore").decode().split())


def _site_ids() -> tuple[UUID, ...]:
    return auth.visitor().sites_with(Permission.NARROW)
