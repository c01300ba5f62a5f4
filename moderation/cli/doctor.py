"""`moderation doctor`: look at everything an installation needs, one line each, with advice where it fails."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import click
from sqlalchemy.exc import SQLAlchemyError

from moderation.cli import application, audit, output
from moderation.cli.output import message
from moderation.extensions import limiter, schema_head
from moderation.flows import auditing, health, jobs, recompiling, searching
from moderation.flows.health import Health
from moderation.settings import Settings, SettingsError
from moderation.web import context

FEWEST_KINDS = 16
"""Different characters in a key from a random source; a sentence typed by hand has fewer, or is a known one."""
TYPED = ("change", "secret", "password", "example", "moderation")
CLOCK_TOLERANCE = timedelta(seconds=5)
WORKER_SILENCE = timedelta(minutes=2)
PROBE = "moderation/doctor"
EXIT_WRONG = 1


class Finding:
    """What was found at one place. `advice` is empty when all is well."""

    __slots__ = ("advice", "found", "is_well", "name")

    def __init__(self, name: str, found: str, advice: str = "") -> None:
        self.name, self.found, self.advice, self.is_well = name, found, advice, not advice

    def document(self) -> dict[str, object]:
        """Return it as a program reads it."""
        return {
            "name": self.name,
            "is_well": self.is_well,
            "found": self.found,
            "advice": self.advice or None,
        }


@click.command("doctor")
@output.json_option
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Check this installation and say what to mend. Exit status 1 when something is wrong."""
    findings = list(_look(ctx, None if as_json else _tell))
    if as_json:
        output.document(
            {
                "is_well": all(one.is_well for one in findings),
                "findings": [one.document() for one in findings],
            }
        )
    wrong = sum(not one.is_well for one in findings)
    message(f"{wrong} of {len(findings)} checks need attention." if wrong else "All is well.")
    if wrong:
        ctx.exit(EXIT_WRONG)


def _tell(finding: Finding) -> None:
    mark = click.style("✓", fg="green") if finding.is_well else click.style("✗", fg="red")
    click.echo(f"{mark} {finding.name}: {finding.found}")
    if finding.advice:
        click.echo(f"    {finding.advice}")


def _look(ctx: click.Context, tell: Callable[[Finding], None] | None) -> Iterator[Finding]:
    for finding in _findings(ctx):
        if tell is not None:
            tell(finding)
        yield finding


def _findings(ctx: click.Context) -> Iterator[Finding]:
    try:
        app = application.create(ctx)
    except SettingsError as error:
        yield Finding("settings", "unsound", str(error))
        return
    with app.app_context():
        settings = context.settings()
        yield Finding("settings", "read and within bounds")
        yield _secret_key(settings)
        found = health.look(session=context.session())
        yield _database(found)
        if found.is_database_up:
            yield _schema(found)
            yield _clock()
        yield _limits(settings)
        if found.schema == schema_head():
            yield _pool(found, settings)
            yield _worker()
            yield _rule_sets()
            yield _search()
            yield _audit()


def _secret_key(settings: Settings) -> Finding:
    key = settings.secret_key
    if len(set(key)) < FEWEST_KINDS or any(word in key.lower() for word in TYPED):
        return Finding(
            "secret key",
            "looks typed, not random",
            "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'. "
            "Keep the old one as MODERATION_PREVIOUS_SECRET_KEY for a day.",
        )
    rotating = ", the one before it still accepted" if settings.previous_secret_key else ""
    return Finding("secret key", f"{len(key)} characters{rotating}")


def _database(found: Health) -> Finding:
    if not found.is_database_up:
        return Finding(
            "database", "does not answer", "Check MODERATION_DATABASE_URL, and that the database runs."
        )
    kind = "SQLite" if context.settings().is_sqlite else "PostgreSQL"
    return Finding("database", f"{kind} answers")


def _schema(found: Health) -> Finding:
    head = schema_head()
    if found.schema == head:
        return Finding("schema", head)
    return Finding(
        "schema",
        f"{found.schema or 'none'}, this version needs {head}",
        "Run `moderation migrate` (after a backup).",
    )


def _clock() -> Finding:
    try:
        difference = health.clock_difference(session=context.session(), services=context.services())
    except SQLAlchemyError:
        return Finding("clock", "the database's could not be read", "See the database above.")
    seconds = difference.total_seconds()
    # A database that keeps whole seconds is up to one behind.
    if abs(difference) > CLOCK_TOLERANCE:
        return Finding(
            "clock",
            f"{seconds:+.0f} s from the database's",
            "Keep the clocks of all hosts in step (chrony, systemd-timesyncd): leases and challenges go by them.",
        )
    return Finding("clock", "in step with the database's")


def _limits(settings: Settings) -> Finding:
    scheme = settings.limits_storage.partition("://")[0]
    storage = limiter.storage
    try:
        before = storage.get(PROBE)
        is_counting = storage.incr(PROBE, 60) > before
        storage.clear(PROBE)
    except Exception as error:  # noqa: BLE001 - each storage raises errors of its own
        return Finding(
            "limits",
            f"{scheme} storage does not answer ({type(error).__name__})",
            "Check MODERATION_LIMITS_URL. Meanwhile each process counts alone.",
        )
    if not is_counting:
        return Finding("limits", f"{scheme} storage does not count", "Check MODERATION_LIMITS_URL.")
    shared = {
        "memory": "not shared: one process only, forgotten at each restart",
        "sqlite": "shared by the processes of this host",
    }
    return Finding(
        "limits", f"{scheme} storage, {shared.get(scheme, 'shared by all hosts')}, written and read"
    )


def _pool(found: Health, settings: Settings) -> Finding:
    if settings.challenge_pool and not found.pool_size:
        return Finding(
            "challenges",
            "none drawn ahead",
            "Run `moderation worker`: without it each challenge is drawn while its reader waits.",
        )
    return Finding("challenges", f"{found.pool_size} of {settings.challenge_pool} drawn ahead")


def _worker() -> Finding:
    now = context.services().clock.now()
    runs = jobs.last_runs(session=context.session())
    last = max((run.ran_at for run in runs if run.ran_at is not None), default=None)
    if last is None or now - last > WORKER_SILENCE:
        seen = "never seen" if last is None else f"last seen {now - last} ago"
        return Finding("worker", seen, "Run `moderation worker` (docs/operate.md has a unit for systemd).")
    postponed = [run.name for run in runs if run.due_at - now > timedelta(minutes=10)]
    if postponed:
        return Finding(
            "worker", f"runs, but {', '.join(postponed)} failed", "Look for job.failed in the worker's log."
        )
    return Finding("worker", "runs")


def _search() -> Finding:
    since = searching.indexed_back_to(session=context.session())
    if since is None:
        return Finding("search", "every comment is indexed")
    # Nothing to mend: the worker indexes the older ones by itself.
    return Finding(
        "search", f"indexed back to {since:%Y-%m-%d %H:%M} UTC; the worker goes on with the older ones"
    )


def _rule_sets() -> Finding:
    wrong = list(recompiling.unsound(is_active_only=True, session=context.session()))
    if not wrong:
        return Finding("rule sets", "every active one loads")
    named = ", ".join(f"version {each.number} of {each.site_key} ({each.code})" for each in wrong)
    return Finding(
        "rule sets",
        f"cannot be loaded: {named}",
        "Run `moderation migrate`: it compiles them again. Meanwhile comments are judged by the version before, "
        "or wait for a person.",
    )


def _audit() -> Finding:
    session, services = context.session(), context.services()
    found = audit.verify_watched(anchor=None, is_from_anchor=False)
    is_late = found.is_late(services.clock.now())
    auditing.seal_all(session=session, services=services)
    if found.broken is not None:
        return Finding(
            "audit",
            audit.sentence_of(found.broken),
            "Somebody changed the audit past this service: compare with a backup and with an anchor "
            "(docs/operate.md, Audit).",
        )
    if is_late:
        return Finding(
            "audit",
            f"{found.unsealed} events were not sealed since {found.unsealed_since:%Y-%m-%d %H:%M} UTC; they are now",
            "Run `moderation worker`, which seals every two seconds.",
        )
    return Finding("audit", f"{found.verified} events stand as they were sealed")
