"""How far an owner reaches: whom he sees and what of theirs he may change. No storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from moderation.domain.account import GRANTED, Permission, Role


@dataclass(frozen=True, slots=True)
class Held:
    """A role of an account and where it holds; without a site, on every site."""

    account_id: UUID
    site_id: UUID | None
    role: Role


@dataclass(frozen=True, slots=True)
class Reach:
    """The sites whose people somebody looks after: all of them, or some, or none."""

    is_everywhere: bool
    site_ids: frozenset[UUID]

    def __bool__(self) -> bool:
        """Say whether there is anybody to look after."""
        return self.is_everywhere or bool(self.site_ids)

    def covers(self, site_id: UUID | None) -> bool:
        """Say whether roles on a site (None: on every site) are his to give and take."""
        return self.is_everywhere or site_id in self.site_ids

    def sees(self, held: Sequence[Held]) -> bool:
        """Say whether somebody with these roles is known to him: one who may do something on one of his sites."""
        return self.is_everywhere or any(
            each.site_id is None or each.site_id in self.site_ids for each in held
        )

    def may_give_roles_to(self, held: Sequence[Held]) -> bool:
        """Say whether he may give somebody roles on his sites, or take them.

        Not to whoever holds a role on every site: a role named for a site goes before that, so that an owner of
        one site could take from an owner of all of them what stands above him.
        """
        return self.is_everywhere or all(each.site_id is not None for each in held)

    def owns(self, held: Sequence[Held]) -> bool:
        """Say whether the account itself is his to disable: all it may do, it may on his sites."""
        return self.is_everywhere or (bool(held) and all(self.covers(each.site_id) for each in held))


def reach_of(held: Sequence[Held]) -> Reach:
    """Work out how far the roles of one account reach."""
    owning = [each for each in held if Permission.PEOPLE in GRANTED[each.role]]
    return Reach(
        is_everywhere=any(each.site_id is None for each in owning),
        site_ids=frozenset(each.site_id for each in owning if each.site_id is not None),
    )
