"""Drafts of rules: made, edited rule by rule, with the faults at their fields."""

from flask import Response, flash, request, url_for

from moderation.console import blueprint, pages, rule_forms, rule_sites
from moderation.console.rule_forms import RuleForm, SettingsForm
from moderation.domain.account import Permission
from moderation.domain.errors import NotADraft
from moderation.domain.ruleset import RuleSetState
from moderation.flows import drafts, rule_pages
from moderation.rules import Kind
from moderation.web import context
from moderation.web.auth import permission
from moderation.web.languages import gettext


@blueprint.post("/rules/<site_key>/drafts")
@permission(Permission.CONFIGURE)
def start_draft(site_key: str) -> Response:
    """Make a draft: of a version, of a starter pack, or empty."""
    source, _, which = request.form.get("source", "").partition(":")
    number = drafts.start(
        rule_sites.permitted(site_key, Permission.CONFIGURE),
        request.form.get("name", "").replace("\0", "").strip() or gettext("Draft"),
        of_number=rule_forms.whole(which, "source") if source == "version" else None,
        pack=which if source == "pack" else None,
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.rule_draft", site_key=site_key, number=number))


@blueprint.post("/rules/<site_key>/corrections")
@permission(Permission.CONFIGURE)
def correct_rule(site_key: str) -> Response:
    """Open the draft of corrections at a rule in force: to edit it there, or without it."""
    key, is_retired = request.form.get("key", ""), request.form.get("act") == "retire"
    number = drafts.correct(
        rule_sites.permitted(site_key, Permission.CONFIGURE),
        gettext("Corrections"),
        without=key if is_retired else None,
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    if is_retired:
        flash(
            gettext("The rule is gone from draft %(number)d. Activate the draft to retire it.", number=number)
        )
        return pages.see(url_for("console.rule_version", site_key=site_key, number=number))
    # To narrow is to add an exception: the browser goes on at that field.
    anchor = "exceptions" if request.form.get("act") == "narrow" else None
    return pages.see(url_for("console.edit_rule", site_key=site_key, number=number, key=key, _anchor=anchor))


@blueprint.get("/rules/<site_key>/<int:number>/edit")
@permission(Permission.REVIEW)
def rule_draft(site_key: str, number: int) -> Response:
    """Show the rules of a version; those of a draft can be edited."""
    wanted, order = rule_forms.rule_filter(), rule_forms.order("key")
    found = rule_pages.rule_page(
        rule_sites.permitted(site_key),
        number,
        wanted,
        order,
        page=rule_forms.page(),
        session=context.session(),
        services=context.services(),
    )
    return pages.page(
        "rule_draft.html", site_key=site_key, found=found, version=found.version, wanted=wanted, order=order
    )


@blueprint.get("/rules/<site_key>/<int:number>/add")
@permission(Permission.CONFIGURE)
def new_rule(site_key: str, number: int) -> Response:
    """Show a form that is empty but for what a suggestion says."""
    asked = request.args
    form = RuleForm(
        term=asked.get("term", "")[:500],
        kind=asked.get("kind", Kind.TERM)[:32],
        category=asked.get("category", "")[:32],
    )
    return show_rule(site_key, number, form)


@blueprint.post("/rules/<site_key>/<int:number>/add")
@permission(Permission.CONFIGURE)
def add_rule(site_key: str, number: int) -> Response:
    """Add a rule to a draft."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    rule = RuleForm.typed().rule()
    drafts.add_rule(
        rule_forms.seen(site_key, number),
        rule,
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    flash(gettext("“%(term)s” is in the draft.", term=rule.term))
    again = "console.new_rule" if request.form.get("act") == "again" else "console.rule_draft"
    return pages.see(url_for(again, site_key=site_key, number=number))


@blueprint.get("/rules/<site_key>/<int:number>/rules/<key>")
@permission(Permission.CONFIGURE)
def edit_rule(site_key: str, number: int, key: str) -> Response:
    """Show a rule of a draft in its form."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    _, rule = rule_pages.rule(site_key, number, key, session=context.session())
    return show_rule(site_key, number, RuleForm.of(rule), key=key)


@blueprint.post("/rules/<site_key>/<int:number>/rules/<key>")
@permission(Permission.CONFIGURE)
def change_rule(site_key: str, number: int, key: str) -> Response:
    """Write a rule of a draft anew, or remove it."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    seen = rule_forms.seen(site_key, number)
    services, session = context.services(), context.session()
    if request.form.get("act") == "remove":
        drafts.remove_rules(seen, [key], actor=rule_sites.actor(), session=session, services=services)
        flash(gettext("The rule is gone from the draft."))
    else:
        rule = RuleForm.typed(key).rule()
        drafts.change_rule(seen, rule, actor=rule_sites.actor(), session=session, services=services)
        flash(gettext("“%(term)s” is changed in the draft.", term=rule.term))
    return pages.see(url_for("console.rule_draft", site_key=site_key, number=number))


@blueprint.get("/rules/<site_key>/<int:number>/settings")
@permission(Permission.CONFIGURE)
def draft_settings(site_key: str, number: int) -> Response:
    """Show what holds for all rules of a draft."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    version = rule_pages.version(site_key, number, session=context.session())
    return show_settings(site_key, number, SettingsForm.of(version))


@blueprint.post("/rules/<site_key>/<int:number>/settings")
@permission(Permission.CONFIGURE)
def change_draft_settings(site_key: str, number: int) -> Response:
    """Say what holds for all rules of a draft."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    drafts.change_settings(
        rule_forms.seen(site_key, number),
        SettingsForm.typed().settings(),
        actor=rule_sites.actor(),
        session=context.session(),
        services=context.services(),
    )
    flash(gettext("The settings of the draft are changed."))
    return pages.see(url_for("console.rule_draft", site_key=site_key, number=number))


def show_rule(
    site_key: str, number: int, form: RuleForm, *, key: str | None = None, status: int = 200, **told: object
) -> Response:
    """Render the form of a rule, with the edition of the draft as it is now."""
    return pages.page(
        "rule_form.html", status=status, form=form, rule_key=key, **_draft(site_key, number), **told
    )


def show_settings(
    site_key: str, number: int, form: SettingsForm, *, status: int = 200, **told: object
) -> Response:
    """Render the form of what holds for all rules."""
    return pages.page("rule_settings.html", status=status, form=form, **_draft(site_key, number), **told)


def _draft(site_key: str, number: int) -> dict[str, object]:
    version = rule_pages.version(
        rule_sites.permitted(site_key, Permission.CONFIGURE), number, session=context.session()
    )
    if version.state is not RuleSetState.DRAFT:
        raise NotADraft
    return {"site_key": site_key, "version": version}
