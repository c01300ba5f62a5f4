"""Moments and ages as the account reads them: in its time zone, and in words."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_login import current_user
from markupsafe import Markup

from moderation.console import blueprint
from moderation.web import bodies, context
from moderation.web.languages import gettext

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def now() -> datetime:
    """Return the present moment, by the service's clock."""
    return context.services().clock.now()


def zone() -> ZoneInfo:
    """Return the account's time zone."""
    try:
        return ZoneInfo(current_user.signed_in.time_zone)
    except (LookupError, ValueError):
        return ZoneInfo("UTC")  # an unknown zone must not cost anybody the desk


def midnight() -> datetime:
    """Return when the account's day began."""
    return now().astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def midnight_of(day: date) -> datetime:
    """Return when a day of the account's calendar begins."""
    return datetime.combine(day, time(), zone()).astimezone(UTC)


@blueprint.app_template_filter("moment")
def moment(at: datetime) -> Markup:
    """Write a moment in the account's time zone and language."""
    local, today = at.astimezone(zone()), now().astimezone(zone())
    words = f"{local:%H:%M}"
    if local.date() != today.date():
        skeleton = "MMMd" if local.year == today.year else "yMMMd"
        words = f"{format_skeleton(skeleton, local, locale=get_locale())} {words}"
    return Markup('<time datetime="{}">{}</time>').format(bodies.timestamp(at), words)


@blueprint.app_template_filter("age")
def age(at: datetime) -> Markup:
    """Write how long ago a moment was, in words, with the moment itself at hand."""
    exact = format_datetime(at.astimezone(zone()), "medium", locale=get_locale())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        bodies.timestamp(at), exact, _words(now() - at)
    )


@blueprint.app_template_filter("figure")
def figure(number: float) -> str:
    """Write a number as the language groups its digits."""
    return str(format_decimal(number, locale=get_locale()))


def _words(passed: timedelta) -> str:
    if passed < _MINUTE:
        return str(gettext("just now"))
    if passed < _HOUR:
        return str(ngettext("%(num)d min", "%(num)d min", passed // _MINUTE))
    if passed < _DAY:
        return str(ngettext("%(num)d h", "%(num)d h", passed // _HOUR))
    return str(ngettext("%(num)d day", "%(num)d days", passed // _DAY))
