"""The second factor on both databases: confirmed by a code, asked for afterwards, each code accepted once."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.account import RECOVERY_CODES, STEP_ATTEMPTS, Asked, Opened, Role, SessionLife
from moderation.domain.errors import AccountUnknown, CodeWrong, StepOver
from moderation.domain.events import EventName
from moderation.flows import accounts, people, second_factor
from moderation.flows.second_factor import Confirmed
from moderation.ports import Services
from moderation.store.tables import AuditEvent, RecoveryCode, SecondFactor
from tests.factories import PASSWORD, a_site, an_account
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

LIFE = SessionLife(absolute=timedelta(hours=12), idle=timedelta(minutes=60))


@pytest.fixture
def lin(session: Session, services: Services) -> UUID:
    a_site(session, services)
    return an_account(session, services)


def sign_in(session: Session, services: Services) -> Opened | Asked:
    return accounts.sign_in("lin", PASSWORD, life=LIFE, session=session, services=services)


def code_at(session: Session, clock: FrozenClock, **off: float) -> str:
    secret = session.scalars(select(SecondFactor.secret)).one()
    session.rollback()
    return pyotp.TOTP(secret).at(clock.now() + timedelta(**off))


def set_up(session: Session, services: Services, clock: FrozenClock, account_id: UUID) -> Confirmed:
    """Turn it on with the code of this moment, and let the moment pass: that code is used."""
    second_factor.begin(account_id, session=session, services=services)
    confirmed = second_factor.confirm(
        account_id,
        code_at(session, clock),
        life=LIFE,
        browser="",
        session=session,
        services=services,
    )
    clock.move(seconds=30)
    return confirmed


def asked(session: Session, services: Services) -> str:
    entered = sign_in(session, services)
    assert isinstance(entered, Asked)
    return entered.step


def answer(session: Session, services: Services, step: str, code: str) -> Opened:
    return second_factor.answer(step, code, life=LIFE, browser="", session=session, services=services)


def is_in(token: str, session: Session, services: Services) -> bool:
    return accounts.find_signed_in(token, life=LIFE, session=session, services=services) is not None


def test_a_confirmed_second_factor_is_asked_for_and_opens_the_desk(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    before = sign_in(session, services)
    assert isinstance(before, Opened)

    confirmed = set_up(session, services, clock, lin)
    step = asked(session, services)
    opened = answer(session, services, step, code_at(session, clock))

    assert is_in(opened.token, session, services)
    assert not is_in(step, session, services)
    assert len(set(confirmed.recovery_codes)) == RECOVERY_CODES
    assert not is_in(before.token, session, services), "it was opened without the second factor"
    assert is_in(confirmed.token, session, services)
    names = set(session.scalars(select(AuditEvent.name)))
    assert EventName.ACCOUNT_TOTP_SET in names


def test_one_that_is_not_confirmed_is_not_asked_for(session: Session, services: Services, lin: UUID) -> None:
    second_factor.begin(lin, session=session, services=services)

    with pytest.raises(CodeWrong):
        second_factor.confirm(lin, "000000", life=LIFE, browser="", session=session, services=services)

    assert isinstance(sign_in(session, services), Opened)
    state = second_factor.look_at(lin, "lin", session=session, services=services)
    assert state.secret is not None
    assert state.address is not None
    assert state.address.startswith("otpauth://totp/Moderation:lin?secret=")


def test_the_secret_is_told_only_until_it_is_confirmed(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    set_up(session, services, clock, lin)

    second_factor.begin(lin, session=session, services=services)

    state = second_factor.look_at(lin, "lin", session=session, services=services)
    assert (state.is_confirmed, state.secret, state.address) == (True, None, None)
    assert state.recovery_codes_left == RECOVERY_CODES
    assert isinstance(sign_in(session, services), Asked)


@pytest.mark.parametrize(
    ("off", "is_accepted"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False)],
    ids=["two early", "one early", "now", "one late", "two late"],
)
def test_the_window_is_one_step_each_way(
    session: Session, services: Services, clock: FrozenClock, lin: UUID, *, off: int, is_accepted: bool
) -> None:
    set_up(session, services, clock, lin)
    clock.move(minutes=5)
    step = asked(session, services)
    code = code_at(session, clock, seconds=off)

    if is_accepted:
        assert answer(session, services, step, code).token
    else:
        with pytest.raises(CodeWrong):
            answer(session, services, step, code)


def test_a_code_is_accepted_once_and_no_older_one_after_it(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    set_up(session, services, clock, lin)
    clock.move(minutes=5)
    code, older = code_at(session, clock), code_at(session, clock, seconds=-30)
    answer(session, services, asked(session, services), code)

    for used in (code, older):
        with pytest.raises(CodeWrong):
            answer(session, services, asked(session, services), used)


def test_the_code_that_confirmed_does_not_sign_in(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    set_up(session, services, clock, lin)

    with pytest.raises(CodeWrong):
        answer(session, services, asked(session, services), code_at(session, clock, seconds=-30))


def test_of_many_who_send_one_code_at_once_one_gets_in(
    session: Session, services: Services, clock: FrozenClock, lin: UUID, race: Race
) -> None:
    set_up(session, services, clock, lin)
    steps = [asked(session, services) for _ in range(4)]
    code = code_at(session, clock)

    came_of_it = race([partial(answer, services=services, step=step, code=code) for step in steps])

    assert sorted(type(each).__name__ for each in came_of_it) == ["CodeWrong"] * 3 + ["Opened"]


def test_a_step_takes_five_codes_and_five_minutes(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    set_up(session, services, clock, lin)
    worn_out, too_old = asked(session, services), asked(session, services)
    for _ in range(STEP_ATTEMPTS):
        with pytest.raises(CodeWrong):
            answer(session, services, worn_out, "000000")

    with pytest.raises(StepOver):
        answer(session, services, worn_out, code_at(session, clock))
    clock.move(minutes=5)
    with pytest.raises(StepOver):
        answer(session, services, too_old, code_at(session, clock))
    with pytest.raises(StepOver):
        second_factor.whose_step(too_old, session=session, services=services)
    with pytest.raises(StepOver):
        answer(session, services, "mod_step_invented", code_at(session, clock))


def test_a_step_opens_one_session(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    confirmed = set_up(session, services, clock, lin)
    step = asked(session, services)
    answer(session, services, step, code_at(session, clock))

    with pytest.raises(StepOver):
        answer(session, services, step, confirmed.recovery_codes[0])


def test_a_recovery_code_works_once_however_it_is_typed(
    session: Session, services: Services, clock: FrozenClock, lin: UUID, race: Race
) -> None:
    codes = set_up(session, services, clock, lin).recovery_codes
    steps = [asked(session, services) for _ in range(3)]
    typed = (codes[0], codes[0].upper(), codes[0].replace("-", " "))

    came_of_it = race(
        [
            partial(answer, services=services, step=step, code=code)
            for step, code in zip(steps, typed, strict=True)
        ]
    )

    assert sorted(type(each).__name__ for each in came_of_it) == ["CodeWrong", "CodeWrong", "Opened"]
    state = second_factor.look_at(lin, "lin", session=session, services=services)
    assert state.recovery_codes_left == RECOVERY_CODES - 1
    assert codes[0].encode() not in session.scalars(select(RecoveryCode.code_hash)).all()


def test_a_password_change_ends_a_step_half_way(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    set_up(session, services, clock, lin)
    step = asked(session, services)

    accounts.set_password("lin", "another horse battery", session=session, services=services)

    with pytest.raises(StepOver):
        answer(session, services, step, code_at(session, clock))


@pytest.mark.parametrize("how", ["password", "code", "recovery code"])
def test_removing_it_takes_the_password_or_a_code(
    session: Session, services: Services, clock: FrozenClock, lin: UUID, how: str
) -> None:
    codes = set_up(session, services, clock, lin).recovery_codes
    proofs = {"password": PASSWORD, "code": code_at(session, clock), "recovery code": codes[3]}
    for wrong in ("", "000000", "wrong horse battery", "x" * 300):
        with pytest.raises(CodeWrong):
            second_factor.remove(lin, wrong, session=session, services=services)
    assert isinstance(sign_in(session, services), Asked)

    second_factor.remove(lin, proofs[how], session=session, services=services)

    assert isinstance(sign_in(session, services), Opened)
    assert session.scalars(select(RecoveryCode.code_hash)).all() == []


def test_new_recovery_codes_take_the_place_of_the_old(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    old = set_up(session, services, clock, lin).recovery_codes
    with pytest.raises(CodeWrong):
        second_factor.renew_recovery_codes(lin, "wrong", session=session, services=services)

    new = second_factor.renew_recovery_codes(lin, PASSWORD, session=session, services=services)

    with pytest.raises(CodeWrong):
        answer(session, services, asked(session, services), old[0])
    assert answer(session, services, asked(session, services), new[0]).token


def test_without_a_second_factor_there_are_no_recovery_codes(
    session: Session, services: Services, lin: UUID
) -> None:
    with pytest.raises(CodeWrong):
        second_factor.renew_recovery_codes(lin, PASSWORD, session=session, services=services)


def test_an_owner_and_the_operator_take_it_from_whoever_lost_it(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    owner = an_account(session, services, "wang", Role.OWNER)
    token = set_up(session, services, clock, lin).token

    people.remove_second_factor(owner, lin, session=session, services=services)

    assert not is_in(token, session, services)
    assert isinstance(sign_in(session, services), Opened)
    set_up(session, services, clock, lin)
    assert people.reset_second_factor("lin", session=session, services=services)
    assert not people.reset_second_factor("lin", session=session, services=services)
    with pytest.raises(AccountUnknown):
        people.reset_second_factor("nobody", session=session, services=services)


def test_a_disabled_account_does_not_finish_its_sign_in(
    session: Session, services: Services, clock: FrozenClock, lin: UUID
) -> None:
    owner = an_account(session, services, "wang", Role.OWNER)
    set_up(session, services, clock, lin)
    step = asked(session, services)

    people.disable(owner, lin, session=session, services=services)

    with pytest.raises(StepOver):
        answer(session, services, step, code_at(session, clock))
