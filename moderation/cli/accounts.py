"""`moderation accounts`: accounts for moderators and owners. There is no default password."""

import click

from moderation.cli import output, passwords
from moderation.cli.application import in_app
from moderation.domain.account import LANGUAGES, Role
from moderation.flows import accounts, invitations, people
from moderation.flows.accounts import NewAccount
from moderation.flows.invitations import NewInvitation
from moderation.web import context


@click.command("add")
@click.argument("login")
@click.option("--name", help="Name shown to colleagues; the login if not given.")
@click.option("--role", type=output.choice(Role), default=Role.MODERATOR.value, show_default=True)
@click.option("--site", "site_key", help="The site the role is for; every site if not given.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh-CN", show_default=True)
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of making one.")
@output.json_option
@in_app
def add(
    login: str,
    *,
    name: str | None,
    role: str,
    site_key: str | None,
    language: str,
    time_zone: str,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account for the console. A password made here is printed once and stored only as a hash."""
    password = passwords.read_stdin() if password_stdin else passwords.generate()
    new = NewAccount(
        login=login,
        name=name or login,
        password=password,
        role=Role(role),
        site_key=site_key,
        language=language,
        time_zone=time_zone,
    )
    account_id = accounts.create(new, session=context.session(), services=context.services())
    if as_json:
        made = None if password_stdin else password
        output.document(
            {"id": account_id, "login": login.lower(), "role": role, "site": site_key, "password": made}
        )
        return
    output.message(f"Account {login.lower()} is made: {role} on {site_key or 'every site'}.")
    _tell_password(password, is_given=password_stdin)


@click.command("set-password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of making one.")
@output.json_option
@in_app
def set_password(login: str, *, password_stdin: bool, as_json: bool) -> None:
    """Give an account a new password and sign it out everywhere."""
    password = passwords.read_stdin() if password_stdin else passwords.generate()
    accounts.set_password(login, password, session=context.session(), services=context.services())
    if as_json:
        output.document({"login": login.lower(), "password": None if password_stdin else password})
        return
    output.message(f"Account {login.lower()} has a new password and is signed out everywhere.")
    _tell_password(password, is_given=password_stdin)


@click.command("invite")
@click.argument("name")
@click.option("--role", type=output.choice(Role), default=Role.MODERATOR.value, show_default=True)
@click.option("--site", "site_key", help="The site the role is for; every site if not given.")
@output.json_option
@in_app
def invite(name: str, *, role: str, site_key: str | None, as_json: bool) -> None:
    """Make a link for NAME, who makes the account himself. It is printed once and works once."""
    new = NewInvitation(name=name, role=Role(role), site_key=site_key)
    made = invitations.make(new, owner_id=None, session=context.session(), services=context.services())
    link = f"{context.settings().public_url}/console/invitation/{made.token}"
    if as_json:
        output.document({"id": made.invitation_id, "link": link, "expires_at": made.expires_at})
        return
    output.message(
        f"Invitation for {name}: {role} on {site_key or 'every site'}, until {made.expires_at:%F}."
    )
    if not context.settings().public_url:
        output.message("Put the service's address before it (MODERATION_PUBLIC_URL is not set).")
    output.message("Link (shown this once):")
    click.echo(link)


@click.command("remove-second-factor")
@click.argument("login")
@output.json_option
@in_app
def remove_second_factor(login: str, *, as_json: bool) -> None:
    """Take the second factor off an account whose owner has lost it and his recovery codes; sign it out."""
    removed = people.reset_second_factor(login, session=context.session(), services=context.services())
    if as_json:
        output.document({"login": login.lower(), "removed": removed})
        return
    output.message(
        f"Account {login.lower()} has no second factor any more and is signed out everywhere."
        if removed
        else f"Account {login.lower()} has no second factor."
    )


@click.command("list")
@output.json_option
@in_app
def list_all(*, as_json: bool) -> None:
    """List the accounts and their roles."""
    listed = accounts.list_all(session=context.session())
    if as_json:
        output.document(listed)
        return
    output.table(
        ("login", "name", "roles", "state"),
        [
            (
                account.login,
                account.name,
                " ".join(f"{key}:{role}" for key, role in account.roles.items()) or "-",
                "disabled" if account.is_disabled else "active",
            )
            for account in listed
        ],
    )


def _tell_password(password: str, *, is_given: bool) -> None:
    if is_given:
        return
    output.message("Password (shown this once):")
    click.echo(password)
