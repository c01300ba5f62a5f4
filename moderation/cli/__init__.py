"""The command line: every command on one screen. A command calls a flow; it holds no rule and no SQL."""

import sys

import click

from moderation.cli.lazy import Lazy, LazyGroup

_HERE = "moderation.cli"

SITES = LazyGroup(
    "sites",
    {
        "add": Lazy(f"{_HERE}.sites:add", "Make a site."),
        "list": Lazy(f"{_HERE}.sites:list_all", "List the sites."),
        "show": Lazy(f"{_HERE}.sites:show", "Show one site."),
        "set": Lazy(f"{_HERE}.sites:change", "Change a site's settings."),
        "sign-in-key": Lazy(
            f"{_HERE}.portal_keys:sign_in_key",
            "Add, retire or list the keys a portal signs its readers in with.",
        ),
        "thread": Lazy(f"{_HERE}.sites:thread", "Close or reopen one thread of a site."),
    },
    help="Make sites and change how they take comments.",
)
ACCOUNTS = LazyGroup(
    "accounts",
    {
        "add": Lazy(f"{_HERE}.accounts:add", "Make an account for the console."),
        "invite": Lazy(f"{_HERE}.accounts:invite", "Make a link for NAME, who makes the account himself."),
        "list": Lazy(f"{_HERE}.accounts:list_all", "List the accounts and their roles."),
        "set-password": Lazy(
            f"{_HERE}.accounts:set_password", "Give an account a new password and sign it out everywhere."
        ),
        "remove-second-factor": Lazy(
            f"{_HERE}.accounts:remove_second_factor",
            "Take the second factor off an account whose owner has lost it and his recovery codes",
        ),
    },
    help="Make accounts for moderators and owners.",
)
AUTHORS = LazyGroup(
    "authors",
    {
        "export": Lazy(
            f"{_HERE}.authors:export", "Print everything that a person has left on SITE, as JSON."
        ),
        "erase": Lazy(f"{_HERE}.authors:erase", "Erase everything that a person has left on SITE."),
    },
    help="Answer who asks for his data.",
)
RULES = LazyGroup(
    "rules",
    {
        "packs": Lazy(f"{_HERE}.rules.packs:packs", "List the starter packs."),
        "import": Lazy(f"{_HERE}.rules.versions:import_rules", "Import rules as a new draft version."),
        "activate": Lazy(
            f"{_HERE}.rules.versions:activate", "Make a version the active one (also to roll back)."
        ),
        "list": Lazy(f"{_HERE}.rules.versions:list_versions", "List a site's versions, the latest first."),
        "export": Lazy(f"{_HERE}.rules.versions:export", "Write a version's rules."),
        "try": Lazy(f"{_HERE}.rules.trying:try_text", "Say what rules make of a text; store nothing."),
        "match": Lazy(f"{_HERE}.rules.matching:match", "Match JSON lines from FILE (stdin if not given)."),
        "lint": Lazy(f"{_HERE}.rules.linting:lint_rules", "Find what is wrong or odd in rules."),
        "compile": Lazy(
            f"{_HERE}.rules.compiling:compile_rules",
            "Compile FILES and packs into one file for `--compiled`.",
        ),
    },
    help="Import, activate and try the rules that read comments.",
)
AUDIT = LazyGroup(
    "audit",
    {
        "head": Lazy(
            f"{_HERE}.audit:head", "Seal what waits, then print the last position of the chain and its hash."
        ),
        "verify": Lazy(f"{_HERE}.audit:verify", "Compute the chain again and compare."),
        "export": Lazy(
            f"{_HERE}.audit:export",
            "Write every sealed event with its position and hash, one JSON document a line",
        ),
    },
    help="Verify and export the audit.",
)
cli = click.version_option(package_name="moderation")(
    LazyGroup(
        "moderation",
        {
            "demo": Lazy(f"{_HERE}.demo.command:demo", "Run the whole service with a sample portal."),
            "serve": Lazy(f"{_HERE}.serve:serve", "Serve HTTP."),
            "worker": Lazy(f"{_HERE}.worker:worker", "Run background jobs until stopped."),
            "migrate": Lazy(
                f"{_HERE}.migrate:migrate",
                "Bring the database to this version: the schema, and rule sets compiled by another.",
            ),
            "sites": SITES,
            "accounts": ACCOUNTS,
            "authors": AUTHORS,
            "rules": RULES,
            "audit": AUDIT,
            "doctor": Lazy(f"{_HERE}.doctor:doctor", "Check this installation and say what to mend."),
        },
        help=(
            "Run and look after the comment-moderation service.\n\n"
            "Settings come from MODERATION_* (docs/settings.md). "
            "Exit status: 0 done, 1 refused, 2 wrong usage."
        ),
    ),
)


def main() -> None:
    """Run the command line."""
    # Output may be a pipe with a C locale; names and texts here are often Chinese.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    cli(prog_name="moderation")
