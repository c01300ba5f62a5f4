"""Rules on trial: replays over past comments, a version in shadow, suggested terms."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Response, flash, request, url_for
from flask_babel import ngettext

from moderation.console import blueprint, pages, rule_sites, times
from moderation.domain.account import Permission
from moderation.domain.errors import Fault, Invalid
from moderation.domain.reasons import Reason
from moderation.domain.replay import EXAMPLES, GRAVITY, Fate, ReplayState, share
from moderation.flows import replaying, rulesets, shadow, suggesting
from moderation.flows.desk import MatchView
from moderation.flows.replaying import Progress, Wish
from moderation.rules import Field, Kind
from moderation.rules.explain import name_of
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.languages import gettext, lazy_gettext

NUMBERS: Final = (100, 1_000, 10_000, 100_000)
_MOST_DIGITS: Final = 9
_MINUTE_SECONDS: Final = 60
FATES: Final = {
    Fate.PUBLISHED: lazy_gettext("Published"),
    Fate.CHECKED: lazy_gettext("Published and checked"),
    Fate.WAITS: lazy_gettext("Waits as all do"),
    Fate.FLAGGED: lazy_gettext("Waits, flagged"),
    Fate.REFUSED: lazy_gettext("Refused"),
}
STATES: Final = {
    ReplayState.RUNNING: lazy_gettext("Running"),
    ReplayState.DONE: lazy_gettext("Done"),
    ReplayState.CANCELLED: lazy_gettext("Stopped"),
    ReplayState.FAILED: lazy_gettext("Failed"),
}


# Replay ----------------------------------------------------------------------------------------------------------


@blueprint.get("/rules/<site_key>/replays")
@permission(Permission.REVIEW)
def replays(site_key: str) -> Response:
    """Show a site's replays, and the form that starts one."""
    rule_sites.permitted(site_key)
    return pages.page(
        "replays.html",
        site_key=site_key,
        rows=replaying.list_replays(site_key, session=context.session()),
        versions=rulesets.list_versions(site_key, session=context.session()),
        chosen=request.args.get("version", type=int),
    )


@blueprint.post("/rules/<site_key>/replays")
@permission(Permission.CONFIGURE)
def start_replay(site_key: str) -> Response:
    """Start a replay and show it; while another one runs on this site, show that."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    wish = _wish(site_key)
    rulesets.ensure_compiled(site_key, wish.number, session=context.session())
    started = replaying.start(
        wish,
        account_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    if not started.is_new:
        flash(
            gettext(
                "A replay runs on this site already; this is it. Start yours when it is done, or stop it."
            )
        )
    return pages.see(url_for("console.replay", site_key=site_key, replay_id=started.replay_id))


@blueprint.get("/rules/<site_key>/replays/<uuid:replay_id>")
@permission(Permission.REVIEW)
def replay(site_key: str, replay_id: UUID) -> Response:
    """Show one replay: how far it is, and what came of it."""
    rule_sites.permitted(site_key)
    view = replaying.see(site_key, replay_id, session=context.session())
    template = "replay_body.html" if pages.is_swap() else "replay.html"
    return pages.page(template, site_key=site_key, view=view, progress=view.progress)


@blueprint.get("/rules/<site_key>/replays/<uuid:replay_id>/progress")
@permission(Permission.REVIEW)
def replay_progress(site_key: str, replay_id: UUID) -> Response:
    """Tell how far a replay is: a fragment that asks again until the end, and then for the whole page."""
    rule_sites.permitted(site_key)
    progress = replaying.see_progress(site_key, replay_id, session=context.session())
    response = pages.bare("replay_progress.html", site_key=site_key, replay_id=replay_id, progress=progress)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.post("/rules/<site_key>/replays/<uuid:replay_id>/cancel")
@permission(Permission.CONFIGURE)
def cancel_replay(site_key: str, replay_id: UUID) -> Response:
    """Stop a replay."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    replaying.cancel(
        site_key,
        replay_id,
        account_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.replay", site_key=site_key, replay_id=replay_id))


def _wish(site_key: str) -> Wish:
    since, until = _day("since"), _day("until")
    return Wish(
        site_key=site_key,
        number=_number("version"),
        most=_number("most"),
        since=None if since is None else times.midnight_of(since),
        # To the end of that day.
        until=None if until is None else times.midnight_of(until + timedelta(days=1)),
    )


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise Invalid([Fault(f"/{name}", "wrong-type")])
    return int(text)


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None
    if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
        raise Invalid([Fault(f"/{name}", "out-of-range")])
    return day


# No moment of these overflows in any time zone.
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2999, 12, 31)


# Shadow ----------------------------------------------------------------------------------------------------------


@blueprint.get("/rules/<site_key>/shadow", endpoint="shadow")
@permission(Permission.REVIEW)
def see_shadow(site_key: str) -> Response:
    """Show the version in shadow, and the form that starts one."""
    rule_sites.permitted(site_key)
    return pages.page(
        "shadow.html",
        site_key=site_key,
        view=shadow.see(site_key, session=context.session()),
        versions=rulesets.list_versions(site_key, session=context.session()),
        chosen=request.args.get("version", type=int),
    )


@blueprint.post("/rules/<site_key>/shadow")
@permission(Permission.CONFIGURE)
def start_shadow(site_key: str) -> Response:
    """Let a version judge in shadow."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    number = _number("version")
    rulesets.ensure_compiled(site_key, number, session=context.session())
    shadow.start(
        site_key,
        number,
        account_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.shadow", site_key=site_key))


@blueprint.post("/rules/<site_key>/shadow/stop")
@permission(Permission.CONFIGURE)
def stop_shadow(site_key: str) -> Response:
    """End the shadow."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    shadow.stop(
        site_key,
        account_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    return pages.see(url_for("console.shadow", site_key=site_key))


# Suggestions -----------------------------------------------------------------------------------------------------


@blueprint.get("/rules/<site_key>/suggestions")
@permission(Permission.REVIEW)
def suggestions(site_key: str) -> Response:
    """Show terms that stand out in what people rejected."""
    rule_sites.permitted(site_key)
    days = request.args.get("days", suggesting.WINDOWS[0], type=int)
    return pages.page(
        "suggestions.html",
        site_key=site_key,
        days=days,
        windows=suggesting.WINDOWS,
        view=suggesting.see(site_key, days, session=context.session(), services=context.services()),
        versions=rulesets.list_versions(site_key, session=context.session()),
    )


@blueprint.post("/rules/<site_key>/suggestions")
@permission(Permission.CONFIGURE)
def ask_for_suggestions(site_key: str) -> Response:
    """Ask the worker to look again now."""
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    days = _number("days")
    suggesting.ask(site_key, days, session=context.session(), services=context.services())
    return pages.see(url_for("console.suggestions", site_key=site_key, days=days))


# What the templates ask for --------------------------------------------------------------------------------------


def _matches(marks: Sequence[Mapping[str, Any]]) -> list[MatchView]:
    """Read kept places that matched, as the marking takes them."""
    return [
        MatchView(
            **{
                **mark,
                "field": Field(mark["field"]),
                "kind": Kind(mark["kind"]),
                "category": Reason(mark["category"]),
            }
        )
        for mark in marks
    ]


def _sought(sought: Mapping[str, tuple[Kind, str]], key: str) -> str | None:
    """Name what a rule looks for; None when no version at hand knows it any more."""
    return None if key not in sought else name_of(*sought[key], pages.explained_in())


def _remaining(progress: Progress) -> str:
    """Say how long a replay still takes, roughly: what is told to the second would be wrong to the second."""
    seconds = progress.seconds_left
    if seconds is None:
        return str(gettext("waits for the worker"))
    if seconds < _MINUTE_SECONDS:
        return str(gettext("less than a minute left"))
    return str(
        ngettext("about %(num)d minute left", "about %(num)d minutes left", -(-seconds // _MINUTE_SECONDS))
    )


def _bar(counts: Mapping[Fate, int]) -> list[tuple[Fate, int, int]]:
    """Lay the fates out as parts of a bar of 1,000 units: fate, begin, width."""
    total = sum(counts.values())
    parts, begin, seen = [], 0, 0
    for fate, number in counts.items():
        seen += number
        end = 0 if total == 0 else round(1_000 * seen / total)
        if end > begin:
            parts.append((fate, begin, end - begin))
        begin = end
    return parts


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "fates": FATES,
        "gravity": GRAVITY,
        "replay_states": STATES,
        "replay_numbers": NUMBERS,
        "most_examples": EXAMPLES,
        "kept_matches": _matches,
        "remaining": _remaining,
        "bar_parts": _bar,
        "share": share,
        "rule_sought": _sought,
    }
