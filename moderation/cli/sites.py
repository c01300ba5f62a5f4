"""`moderation sites`: make sites and change how they take comments."""

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, Unpack

import click

from moderation.cli import output
from moderation.cli.application import in_app
from moderation.domain.policy import ChallengeMode, Mode, PostingLimits, SignIn
from moderation.domain.texts import LANGUAGES
from moderation.flows import sites
from moderation.flows.sites import ListedSite, SiteSettings
from moderation.web import context

F = TypeVar("F", bound=Callable[..., Any])


class Given(TypedDict):
    """The options that set up a site."""

    name: str | None
    language: str | None
    origins: tuple[str, ...]
    mode: str | None
    challenge: str | None
    limits: tuple[str, ...]
    max_text_chars: int | None
    is_honest: bool | None
    sign_in: str | None
    trusted_pass: bool | None
    links_wait: bool | None
    edit_minutes: int | None
    appeal_days: int | None
    report_review_weight: int | None
    report_hide_weight: int | None


def _settings_options(command: F) -> F:
    names = ", ".join(PostingLimits.__dataclass_fields__)
    options = (
        click.option("--name", help="Name shown in the console."),
        click.option("--language", type=click.Choice(LANGUAGES)),
        click.option(
            "--origin",
            "origins",
            multiple=True,
            metavar="ORIGIN",
            help="An origin whose pages may post, like https://news.example; give it once for each. "
            "Replaces the origins there were.",
        ),
        click.option("--mode", type=output.choice(Mode), help="pre: nothing shows before a person approves."),
        click.option("--challenge", type=output.choice(ChallengeMode)),
        click.option(
            "--limit",
            "limits",
            multiple=True,
            metavar="NAME=LIMIT",
            help=f"Like client=5/minute;30/hour. Names: {names}. An empty limit goes back to the default.",
        ),
        click.option("--max-text", "max_text_chars", type=int, metavar="CHARS"),
        click.option(
            "--honest/--silent",
            "is_honest",
            default=None,
            help="Whether authors of advertising and repeats are told of the refusal.",
        ),
        click.option("--sign-in", type=output.choice(SignIn), help="Whether the portal names its authors."),
        click.option(
            "--trusted-pass/--trusted-wait",
            default=None,
            help="Whether a trusted author's comment shows at once on a pre-moderated site.",
        ),
        click.option(
            "--links-wait/--links-pass",
            default=None,
            help="Whether links of authors without an approved comment wait.",
        ),
        click.option(
            "--edit-minutes", type=int, metavar="MINUTES", help="How long authors may edit; 0: not at all."
        ),
        click.option(
            "--appeal-days", type=int, metavar="DAYS", help="How long authors may appeal; 0: not at all."
        ),
        click.option(
            "--report-review-weight",
            type=int,
            metavar="WEIGHT",
            help="Reports that bring a comment before a moderator; one unknown reader's weighs 100.",
        ),
        click.option(
            "--report-hide-weight",
            type=int,
            metavar="WEIGHT",
            help="Reports by proven readers that hide it until then; 0: never.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _settings(given: Given, present: dict[str, object]) -> SiteSettings:
    return SiteSettings(
        name=given["name"],
        language=given["language"],
        origins=given["origins"] or None,
        mode=None if given["mode"] is None else Mode(given["mode"]),
        challenge=None if given["challenge"] is None else ChallengeMode(given["challenge"]),
        limits=_limits(given["limits"], present),
        max_text_chars=given["max_text_chars"],
        is_honest=given["is_honest"],
        sign_in=None if given["sign_in"] is None else SignIn(given["sign_in"]),
        trusted_pass=given["trusted_pass"],
        links_wait=given["links_wait"],
        edit_minutes=given["edit_minutes"],
        appeal_days=given["appeal_days"],
        report_review_weight=given["report_review_weight"],
        report_hide_weight=given["report_hide_weight"],
    )


def _limits(given: tuple[str, ...], present: dict[str, object]) -> dict[str, str] | None:
    """Lay the limits given over those the site has."""
    if not given:
        return None
    limits = {name: str(value) for name, value in present.items()}
    for pair in given:
        name, equals, limit = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not NAME=LIMIT", param_hint="--limit")
        if limit:
            limits[name] = limit
        else:
            limits.pop(name, None)
    return limits


@click.command("add")
@click.argument("key")
@_settings_options
@output.json_option
@in_app
def add(key: str, *, as_json: bool, **given: Unpack[Given]) -> None:
    """Make a site.

    KEY is its public name in addresses and in the portal's script line: a-z, 0-9 and hyphens.
    """
    settings = _settings(given, {})
    sites.create(key, settings, session=context.session(), services=context.services())
    _print(sites.find(key, session=context.session()), as_json=as_json)
    output.message(f"Site {key} is made.")


@click.command("set")
@click.argument("key")
@_settings_options
@output.json_option
@in_app
def change(key: str, *, as_json: bool, **given: Unpack[Given]) -> None:
    """Change a site's settings. What is not given stays."""
    settings = _settings(given, sites.find(key, session=context.session()).limits)
    sites.change(key, settings, session=context.session(), services=context.services())
    _print(sites.find(key, session=context.session()), as_json=as_json)


@click.command("list")
@output.json_option
@in_app
def list_all(*, as_json: bool) -> None:
    """List the sites."""
    listed = sites.list_all(session=context.session())
    if as_json:
        output.document(listed)
        return
    output.table(
        ("site", "name", "mode", "challenge", "rules", "origins"),
        [
            (site.key, site.name, site.mode, site.challenge, _yes(site.has_rules), " ".join(site.origins))
            for site in listed
        ],
    )


@click.command("show")
@click.argument("key")
@output.json_option
@in_app
def show(key: str, *, as_json: bool) -> None:
    """Show one site."""
    _print(sites.find(key, session=context.session()), as_json=as_json)


@click.command("thread")
@click.argument("key")
@click.argument("thread_key")
@click.option("--close", "action", flag_value="close", help="Take no new comments.")
@click.option("--reopen", "action", flag_value="reopen", help="Follow the site's mode again.")
@output.json_option
@in_app
def thread(key: str, thread_key: str, *, action: str | None, as_json: bool) -> None:
    """Close or reopen one thread of a site."""
    if action is None:
        raise click.UsageError("Say --close or --reopen.")
    mode = Mode.CLOSED if action == "close" else None
    sites.set_thread_mode(key, thread_key, mode, session=context.session(), services=context.services())
    if as_json:
        output.document({"site": key, "thread": thread_key, "is_closed": mode is not None})
    output.message("The thread is closed." if mode else "The thread follows its site again.")


def _print(site: ListedSite, *, as_json: bool) -> None:
    if as_json:
        output.document(site)
        return
    output.pairs(
        [
            ("site", site.key),
            ("name", site.name),
            ("language", site.language),
            ("origins", " ".join(site.origins)),
            ("mode", site.mode),
            ("challenge", site.challenge),
            ("limits", " ".join(f"{name}={limit}" for name, limit in site.limits.items()) or "default"),
            ("max text", f"{site.max_text_chars} characters"),
            ("refusals", "told to every author" if site.is_honest else "of advertising and repeats silent"),
            ("sign-in", site.sign_in),
            ("trusted authors", "show at once" if site.trusted_pass else "wait like others"),
            ("links of new authors", "wait" if site.links_wait else "are judged like others"),
            ("authors may edit", f"{site.edit_minutes} minutes"),
            ("authors may appeal", f"{site.appeal_days} days"),
            (
                "reports",
                f"review at {site.report_review_weight}, hide at {site.report_hide_weight or 'no weight'}",
            ),
            ("rules", "active" if site.has_rules else "none active"),
            ("made", f"{site.created_at:%Y-%m-%d %H:%M} UTC"),
        ]
    )


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
