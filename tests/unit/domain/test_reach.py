"""How far an owner reaches: a truth table."""

from uuid import UUID

import pytest

from moderation.domain.account import Role
from moderation.domain.reach import Held, reach_of

A, B, WHO = UUID(int=1), UUID(int=2), UUID(int=9)


def held(site: UUID | None, role: Role = Role.MODERATOR) -> Held:
    return Held(WHO, site, role)


OF_ALL = reach_of([held(None, Role.OWNER)])
OF_A = reach_of([held(A, Role.OWNER), held(B, Role.SENIOR)])


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.SENIOR])
def test_only_owners_reach_anybody(role: Role) -> None:
    assert not reach_of([held(None, role), held(A, role)])
    assert OF_A
    assert OF_ALL


@pytest.mark.parametrize(
    ("roles", "sees", "gives", "owns"),
    [
        pytest.param([held(A)], True, True, True, id="one who works on his site only"),
        pytest.param([held(A), held(B)], True, True, False, id="one who works on another site as well"),
        pytest.param([held(B)], False, True, False, id="one of another site"),
        pytest.param([held(None)], True, False, False, id="one who works everywhere"),
        pytest.param([held(None), held(A)], True, False, False, id="one named here besides everywhere"),
        pytest.param([], False, True, False, id="one without any role"),
    ],
)
def test_what_an_owner_of_one_site_may(roles: list[Held], sees: bool, gives: bool, owns: bool) -> None:
    assert (OF_A.sees(roles), OF_A.may_give_roles_to(roles), OF_A.owns(roles)) == (sees, gives, owns)
    assert (OF_ALL.sees(roles), OF_ALL.may_give_roles_to(roles), OF_ALL.owns(roles)) == (True, True, True)


def test_roles_everywhere_are_given_by_owners_of_everywhere() -> None:
    assert (OF_A.covers(A), OF_A.covers(B), OF_A.covers(None)) == (True, False, False)
    assert all(OF_ALL.covers(site) for site in (A, B, None))
