"""Policy of sites, emergencies, texts of the embed."""

from collections.abc import Sequence

from flask import Response, request, url_for

from moderation.console import blueprint, pages, room_forms, site_wording
from moderation.console.room_forms import Sent
from moderation.domain.account import Permission
from moderation.domain.errors import Fault, SettingsChanged
from moderation.domain.policy import Emergency
from moderation.domain.texts import LANGUAGES, TEXTS, Place, faults_of_texts
from moderation.flows import emergencies, sites
from moderation.flows.sites import ListedSite, SiteSettings
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.app_template_global("emergencies")
def holding() -> Sequence[object]:
    """Return the emergencies that hold where the visitor works: for the banner of every page."""
    return emergencies.holding(auth.reviewer().site_ids, session=context.session())


@blueprint.app_template_global("may_on")
def may_on(site_key: str, wanted: str) -> bool:
    """Say whether the visitor has a permission on one site, by its key."""
    visitor = auth.visitor()
    allowed = visitor.sites_with(Permission(wanted))
    return any(key == site_key and site_id in allowed for site_id, (key, _) in visitor.roles.items())


@blueprint.get("/settings")
@permission(Permission.FREEZE)
def settings() -> Response:
    """Show the sites to choose from; the only one at once."""
    found = sites.listed(auth.visitor().sites_with(Permission.FREEZE), session=context.session())
    if len(found) == 1:
        return pages.see(url_for("console.site_settings", site_key=found[0].key))
    return pages.page("settings.html", sites=found, modes=site_wording.MODES)


@blueprint.get("/settings/<site_key>")
@permission(Permission.FREEZE)
def site_settings(site_key: str) -> Response:
    """Show a site's settings and its emergencies."""
    site = _find(site_key, Permission.FREEZE)
    return _form(site, room_forms.typed(site), is_saved="saved" in request.args)


@blueprint.post("/settings/<site_key>")
@permission(Permission.CONFIGURE)
def change_site(site_key: str) -> Response:
    """Change a site's settings, or show the form again with what is wrong at each field."""
    site = _find(site_key, Permission.CONFIGURE)
    sent = room_forms.settings(site)
    faults = (*sent.faults, *sites.faults_of(sent.settings))
    if faults:
        return _form(site, sent.values, faults=faults, status=422)
    _change(site_key, sent.settings, sent.version)
    return pages.see(url_for("console.site_settings", site_key=site_key, saved=""))


def _find(site_key: str, needed: Permission) -> ListedSite:
    return sites.find(site_key, site_ids=auth.visitor().sites_with(needed), session=context.session())


def _change(site_key: str, changed: SiteSettings, version: int) -> None:
    sites.change(
        site_key,
        changed,
        actor=auth.reviewer().actor,
        site_ids=auth.visitor().sites_with(Permission.CONFIGURE),
        version=version,
        session=context.session(),
        services=context.services(),
    )


def _form(
    site: ListedSite,
    values: dict[str, str],
    *,
    faults: Sequence[Fault] = (),
    status: int = 200,
    **told: object,
) -> Response:
    return pages.page(
        "settings_site.html",
        status=status,
        site=site,
        values=values,
        faults=site_wording.faults_by_field(faults),
        overrides=sites.overrides(site.id, session=context.session()),
        said=site_wording,
        **told,
    )


@blueprint.errorhandler(SettingsChanged)
def show_what_changed(_error: SettingsChanged) -> Response:
    """Show what is set now beside what was wanted; nothing of it has been changed."""
    site = _find((request.view_args or {})["site_key"], Permission.CONFIGURE)
    sent, theirs = _sent(site), _theirs(site)
    different = {name: (theirs[name], value) for name, value in sent.values.items() if theirs[name] != value}
    return pages.page(
        "settings_conflict.html",
        status=409,
        site=site,
        values=sent.values,
        different=different,
        changed=sites.last_change(site.id, session=context.session()),
        said=site_wording,
    )


def _sent(site: ListedSite) -> Sent:
    """Read again what was wanted, of whichever form it was."""
    if request.endpoint == "console.change_site":
        return room_forms.settings(site)
    language = _language()
    values = {f"text.{language}.{key}": text for key, text in room_forms.texts(language).items()}
    return Sent(values=values, settings=SiteSettings(), version=site.version, faults=())


def _theirs(site: ListedSite) -> dict[str, str]:
    texts = {
        f"text.{language}.{text.key}": site.texts.get(language, {}).get(text.key, "")
        for language in LANGUAGES
        for text in TEXTS
    }
    return room_forms.typed(site) | texts


# Texts of the embed -------------------------------------------------------------------------------------------


def _language() -> str:
    wanted = request.values.get("language", "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


@blueprint.get("/settings/<site_key>/texts")
@permission(Permission.CONFIGURE)
def site_texts(site_key: str) -> Response:
    """Show every text of the embed with its default and what the site says instead."""
    site, language = _find(site_key, Permission.CONFIGURE), _language()
    return _texts_form(site, language, site.texts.get(language, {}), is_saved="saved" in request.args)


@blueprint.post("/settings/<site_key>/texts")
@permission(Permission.CONFIGURE)
def change_texts(site_key: str) -> Response:
    """Keep a site's own texts of one language; those of the others stay."""
    site, language = _find(site_key, Permission.CONFIGURE), _language()
    own = room_forms.texts(language)
    faults = faults_of_texts({language: own})
    if faults:
        return _texts_form(site, language, own, faults=faults, status=422)
    _change(site_key, SiteSettings(texts={**site.texts, language: own}), room_forms.version())
    return pages.see(url_for("console.site_texts", site_key=site_key, language=language, saved=""))


def _texts_form(
    site: ListedSite,
    language: str,
    own: dict[str, str],
    *,
    faults: Sequence[Fault] = (),
    status: int = 200,
    **told: object,
) -> Response:
    return pages.page(
        "settings_texts.html",
        status=status,
        site=site,
        wanted=language,
        own=own,
        texts={place: [text for text in TEXTS if text.place is place] for place in Place},
        faults=site_wording.faults_by_field(faults),
        said=site_wording,
        **told,
    )


# Emergencies --------------------------------------------------------------------------------------------------


@blueprint.post("/settings/<site_key>/emergency/<any(frozen, held):kind>")
@permission(Permission.FREEZE)
def declare_emergency(site_key: str, kind: str) -> Response:
    """Freeze a site, or let everything wait."""
    emergencies.declare(
        site_key,
        Emergency(kind),
        request.form.get("note", "").strip() or None,
        account_id=auth.visitor().account_id,
        site_ids=auth.visitor().sites_with(Permission.FREEZE),
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.site_settings", site_key=site_key))


@blueprint.post("/settings/<site_key>/emergency/<any(frozen, held):kind>/end")
@permission(Permission.FREEZE)
def end_emergency(site_key: str, kind: str) -> Response:
    """End an emergency: what was set before holds again."""
    emergencies.end(
        site_key,
        Emergency(kind),
        account_id=auth.visitor().account_id,
        site_ids=auth.visitor().sites_with(Permission.FREEZE),
        session=context.session(),
        services=context.services(),
    )
    wanted = request.form.get("next", "")
    return pages.see(pages.inside(wanted) if wanted else url_for("console.site_settings", site_key=site_key))
