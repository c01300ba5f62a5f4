"""Step 3: who posts too fast is refused; what is too much for the site, or repeats a text too often, waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from moderation.domain.client import PURPOSE, hashed_parts
from moderation.domain.draft import Draft
from moderation.domain.policy import SitePolicy
from moderation.domain.reasons import Cause
from moderation.domain.repeats import FINGERPRINT, GROUP, group_of
from moderation.ports import Services
from moderation.rules import fingerprint
from moderation.store import repeats
from moderation.store.tables import Site

EDIT_SCOPE = "edit"
"""Edits and withdrawals are counted together, for both are changes of mind (`flows/withdrawing.py`)."""


def spend(draft: Draft, site: Site, policy: SitePolicy, *, services: Services, now: datetime) -> None:
    """Spend one posting of whoever posts; refuse who posts too fast."""
    limits = policy.limits
    client = client_key(draft, services, now).hex()
    thread = services.secrets.digest(draft.thread_key).hex()[:16]
    refusing = [
        ("client", client, limits.client),
        ("client-thread", f"{client}:{thread}", limits.client_and_thread),
    ]
    if draft.writer is not None:
        refusing.append(("author", draft.writer.author_hash.hex(), limits.author))
    for scope, key, grammar in refusing:
        spent = services.limits.spend(f"{site.id}:{key}", limits=grammar, scope=scope)
        spent.insist(scope)


def spend_edit(author_hash: bytes, site: Site, policy: SitePolicy, *, services: Services) -> None:
    """Spend one edit of an author."""
    spent = services.limits.spend(
        f"{site.id}:{author_hash.hex()}", limits=policy.limits.edit, scope=EDIT_SCOPE
    )
    spent.insist(EDIT_SCOPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """What a draft repeats: its group of copies, and its fingerprint if it is the first of a group."""

    group: bytes
    is_telling: bool
    new_bands: tuple[int, ...] = ()


def find_repeat(draft: Draft, site: Site, *, session: Session, services: Services) -> Repeat:
    """Find the group of the text: that of the text it copies, else its own, the same for each exact repeat."""
    essence = fingerprint.essence(draft.text)
    own_group = services.secrets.keyed(GROUP, essence.text)
    if not essence.is_telling:
        return Repeat(group=own_group, is_telling=False)
    bands = fingerprint.bands(essence, key=services.secrets.keyed(FINGERPRINT))
    copied = group_of(essence, repeats.known_texts(session, site.id, bands))
    if copied is not None:
        return Repeat(group=copied, is_telling=True)
    return Repeat(group=own_group, is_telling=True, new_bands=bands)


def hold(repeat: Repeat, site: Site, policy: SitePolicy, *, services: Services) -> tuple[Cause, ...]:
    """Let wait what is too much for the site, and what repeats a text too often."""
    holding = [(Cause.SITE_BUSY, "site", "all", policy.limits.site)]
    if repeat.is_telling:
        holding.append((Cause.SAME_TEXT, "same-text", repeat.group.hex(), policy.limits.same_text))
    return tuple(
        cause
        for cause, scope, key, grammar in holding
        if not services.limits.spend(f"{site.id}:{key}", limits=grammar, scope=scope).is_allowed
    )


def client_key(draft: Draft, services: Services, now: datetime) -> bytes:
    """Hash the client's address under the key and the day: nobody is followed from one day to the next."""
    return services.secrets.keyed(PURPOSE, *hashed_parts(draft.client, now))
