"""What goes wrong on the rules desk: told on the page it was typed on, with everything that was typed."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from flask import Response, flash, request, url_for

from moderation.console import (
    blueprint,
    errors,
    narrowing,
    pages,
    rule_drafts,
    rule_forms,
    rule_lists,
    rule_trying,
    rule_words,
)
from moderation.console.rule_forms import RuleForm, SettingsForm
from moderation.domain.errors import DraftChanged, NotADraft, RulesInvalid, RuleUnknown
from moderation.rules import DocumentError
from moderation.web import problems
from moderation.web.languages import gettext

_MOST_TOLD: Final = 100
"""Faults of a list that are told at once."""

_Again = Callable[..., Response]


def _rule(**told: object) -> Response:
    where = request.view_args or {}
    key = where.get("key")
    return rule_drafts.show_rule(
        where["site_key"],
        where["number"],
        RuleForm.typed(key or ""),
        key=key,
        **told,  # type: ignore[arg-type]
    )


def _settings(**told: object) -> Response:
    where = request.view_args or {}
    return rule_drafts.show_settings(where["site_key"], where["number"], SettingsForm.typed(), **told)  # type: ignore[arg-type]


_AGAIN: Final[Mapping[str, _Again]] = MappingProxyType(
    {
        "console.add_rule": _rule,
        "console.change_rule": _rule,
        "console.change_draft_settings": _settings,
    },
)
"""The forms that are shown again, by what takes them."""


@blueprint.errorhandler(RulesInvalid)
def tell_faults(error: RulesInvalid) -> Response:
    """Show the form again, each fault at its field; faults of a whole set as a list."""
    told = rule_words.faults(error.found)
    where = request.view_args or {}
    if again := _AGAIN.get(request.endpoint or ""):
        return again(status=422, faults=told)
    if request.endpoint == "console.import_rules":
        return rule_lists.show_import(where["site_key"], number=rule_forms.version(), status=422, faults=told)
    if request.endpoint == "console.try_rules":
        return rule_trying.show_again(where["site_key"], set_faults=_sentences(error))
    if request.endpoint == "console.narrow_rule":
        return narrowing.show_again(next(iter(told.values())))
    return pages.page(
        "rule_faults.html",
        status=422,
        site_key=where["site_key"],
        number=where.get("number"),
        set_faults=_sentences(error),
    )


@blueprint.errorhandler(DocumentError)
def tell_lines(error: DocumentError) -> Response:
    """Show the form of an import again, with every fault and its line."""
    lines = [
        (fault.line, fault.field, rule_words.fault_sentence(fault.field, fault.code), fault.detail)
        for fault in error.faults[:_MOST_TOLD]
    ]
    return rule_lists.show_import(
        (request.view_args or {})["site_key"],
        number=rule_forms.version(),
        status=422,
        lines=lines,
        line_count=len(error.faults),
    )


@blueprint.errorhandler(DraftChanged)
def tell_who_edited(error: DraftChanged) -> Response:
    """Show the form again with the draft as it is now, or go back to the draft, and say who was faster."""
    if request.endpoint == "console.narrow_rule":
        return narrowing.show_again(gettext("Somebody edited the draft at this very moment. Try again."))
    who = error.by or gettext("Somebody else")
    notice = gettext("%(name)s has edited this draft since you opened it. Nothing of yours was lost: look, then save again.", name=who)  # fmt: skip
    if again := _AGAIN.get(request.endpoint or ""):
        return again(status=409, notice=notice)
    flash(gettext("%(name)s has edited this draft in the meantime. Nothing was changed.", name=who))
    where = request.view_args or {}
    return pages.see(
        url_for(
            "console.rule_version",
            site_key=where["site_key"],
            number=where.get("number") or rule_forms.version(),
        )
    )


@blueprint.errorhandler(NotADraft)
def tell_that_it_is_fixed(error: NotADraft) -> Response:
    """Say that what is or was in force does not change."""
    where = request.view_args or {}
    if "site_key" not in where or "number" not in where:
        return errors.problem_page(problems.problem_of_any(error))
    flash(gettext("This version does not change any more. Make a draft of it and edit that."))
    return pages.see(url_for("console.rule_version", site_key=where["site_key"], number=where["number"]))


@blueprint.errorhandler(RuleUnknown)
def tell_that_it_is_gone(error: RuleUnknown) -> Response:
    """Say that a rule is not there any more."""
    if request.endpoint == "console.narrow_rule":
        return narrowing.show_again(gettext("This rule is no longer in force."))
    return errors.problem_page(problems.problem_of_any(error))


def _sentences(error: RulesInvalid) -> list[str]:
    return [
        f"{fault.rule_key or '–'}: {rule_words.fault_sentence(fault.field.removeprefix('thresholds.'), fault.code)}"
        for fault in error.found
    ][:_MOST_TOLD]
