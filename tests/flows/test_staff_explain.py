"""Why somebody cannot sign in: the desk is told what the door does."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from flows.desk_cases import NUMBER, STANDINGS, WHY, in_set_up, on_roster, verified
from flows.people import account, ann, events, fail_until, guess, rewrite
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    Code,
    EventName,
    Explained,
    LicenseStatus,
    Obstacle,
    Problem,
    Reason,
    Refused,
    Remark,
    SetupRequired,
    SignedIn,
    StaffDesk,
    StaffMember,
    Unavailable,
)
from permit_accounts.model.codes import Permission
from permit_accounts.model.records import Account
from permit_accounts.testing.world import PASSWORD, World, public_form, strict_policy
from story import signed_in


def told(world: World, text: str = "ann") -> Explained:
    """What the desk is told of the one who is meant."""
    outcome = world.desk().explain(text)
    assert isinstance(outcome, tuple), outcome
    (one,) = outcome
    return one


Change = Callable[[Account], Account]
CHANGES: dict[str, Change] = {
    "as it is": lambda ann: ann,
    "disabled": Account.disabled,
    "closed": Account.closed,
    "void": Account.without_password,
    "broken": lambda ann: ann.with_rehash("$argon2id$broken"),
    "no question": lambda ann: ann.with_question(None, None),
    "unconfirmed": lambda ann: attrs.evolve(ann, email_confirmed_at=None),
    "shut": lambda ann: ann.closed_for_untrusted(ann.created_at),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_the_door_and_the_desk_say_the_same(change: str, strict: bool) -> None:
    """On an unknown device the right password gets in, or into set-up, exactly where there is no obstacle."""
    world = World(policy=strict_policy()) if strict else World()
    asked = {"question": None, "answer": None} if strict else {}
    world.accounts.register(PUBLIC, public_form("ann", **asked))
    changed = CHANGES[change](rewrite(world, email_confirmed_at=world.now()))
    rewrite(world, **{f.name: getattr(changed, f.name) for f in attrs.fields(Account) if f.name != "version"})

    explained = told(world)
    outcome = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)

    assert isinstance(outcome, SignedIn | SetupRequired) is (() == explained.obstacles), explained.obstacles


def test_a_hash_that_cannot_be_read_is_said() -> None:
    """The right password is refused for it, so that it must not be said that nothing stands in the way."""
    world = World()
    ann(world)
    rewrite(world, password_hash="$argon2id$broken")
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)

    explained = told(world)

    assert (Obstacle.MALFORMED_HASH,) == explained.obstacles
    assert Reason.MALFORMED_HASH is explained.tries[0].cause
    assert explained.account is not None
    assert explained.account.password_hash is None


def test_a_name_that_waits() -> None:
    """Until when, and the tries that made it so; asking counts nothing."""
    world = World()
    ann(world)
    guess(world, "ann", 11)
    first = told(world)

    assert (Obstacle.WAITING,) == first.obstacles
    assert first.waits_until is not None
    assert first.waits_until > world.now()
    assert 5 == len(first.tries)
    assert first.waits_until == told(world).waits_until
    world.tick(hours=1)
    assert ((), None) == ((after := told(world)).obstacles, after.waits_until)


def test_failures_behind_a_session_shut_the_password_too() -> None:
    """What the door makes of the count, and not only what stands in the account."""
    world = World()
    ann(world)
    made = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    for _ in range(world.policy.hard_cap):
        world.tick(hours=1)
        world.accounts.reauthenticate(made.session_token, "not the password")
    world.tick(hours=1)

    assert account(world).untrusted_closed_at is None
    assert (Obstacle.CLOSED_FOR_UNTRUSTED,) == told(world).obstacles
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)


def test_strangers_who_shut_the_password() -> None:
    """After a hundred of them the account itself says since when."""
    world = World()
    ann(world)
    fail_until(world, "ann", world.policy.hard_cap)
    assert Obstacle.CLOSED_FOR_UNTRUSTED in told(world).obstacles


def test_a_scratch_store_out_of_reach_is_done_without() -> None:
    """As at the door, which then counts in the durable store alone."""

    class Gone:
        max_changes = 25

        def select(self, *args: object, **given: object) -> list[object]:
            raise Unavailable("gone")

        def commit(self, *changes: object) -> None:
            raise Unavailable("gone")

    world = World()
    ann(world)
    services = attrs.evolve(world.services, scratch=Gone())  # type: ignore[arg-type]
    staff = StaffMember(id="desk-1", may=frozenset(Permission))
    desk = StaffDesk(Accounts(services, email=world.mailbox), actor=staff)
    assert () == desk.explain("ann")[0].obstacles  # type: ignore[index]


def test_a_store_out_of_reach_is_a_fault() -> None:
    """Where both are one there is nothing to fall back to."""
    world = World()
    ann(world)
    select = world.store.select

    class CountsGone:
        max_changes = world.store.max_changes
        commit = staticmethod(world.store.commit)

        def select(self, kind: type, *args: object, **given: object) -> object:
            if kind.__name__ == "AttemptCount":
                raise Unavailable("gone")
            return select(kind, *args, **given)  # type: ignore[arg-type]

    store = CountsGone()
    services = attrs.evolve(world.services, store=store, scratch=store)  # type: ignore[arg-type]
    staff = StaffMember(id="desk-1", may=frozenset(Permission))
    desk = StaffDesk(Accounts(services, email=world.mailbox), actor=staff)
    with pytest.raises(Unavailable):
        desk.explain("ann")


def test_a_license_that_nobody_has_registered() -> None:
    """What the roster knows is shown, and that the registration was never finished."""
    world = World()
    on_roster(world)
    explained = told(world, f"CSLB {NUMBER}")
    assert (NUMBER, "contractor", None) == (explained.name, explained.account_type, explained.account)
    assert (Obstacle.ON_ROSTER,) == explained.obstacles
    assert explained.license is not None
    assert explained.license.status is not None
    assert LicenseStatus.ACTIVE is explained.license.status.status


def test_a_temporary_password_that_is_good() -> None:
    """No obstacle: whoever has it gets as far as set-up."""
    world = World()
    in_set_up(world)
    explained = told(world, NUMBER)
    assert ((), (Remark.TEMPORARY_PASSWORD,)) == (explained.obstacles, explained.remarks)


def test_an_address_is_no_username() -> None:
    """Every account of the mailbox, each with the name that it signs in with."""
    world = World()
    ann(world)
    world.tick(minutes=1)
    world.accounts.register(PUBLIC, public_form("anna", email="ann@mail.example.org"))
    outcome = world.desk().explain("ann@mail.example.org")
    assert isinstance(outcome, tuple)
    assert [("ann", (Obstacle.SIGNS_IN_BY_USERNAME,)), ("anna", (Obstacle.SIGNS_IN_BY_USERNAME,))] == [
        (each.name, each.obstacles) for each in outcome
    ]


def test_nobody_is_explained() -> None:
    """With a type it is also said what its rule finds wrong with the text."""
    desk = World().desk()
    assert Refused((Problem(Code.STAFF_NOT_FOUND),)) == desk.explain("nobody")
    typed = desk.explain("l012345", CONTRACTOR)
    assert (Code.STAFF_NOT_FOUND, Code.LICENSE_LOOKALIKE) == typed.codes  # type: ignore[union-attr]
    assert (Code.STAFF_NOT_FOUND,) == desk.explain("nobody", PUBLIC).codes  # type: ignore[union-attr]


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize("standing", STANDINGS)
def test_a_look_is_noted(standing: str) -> None:
    """Like every search, whoever was shown stands in the event, without a reason."""
    world = World()
    STANDINGS[standing](world)
    before = len(events(world, EventName.STAFF_FOUND))
    shown = world.desk().explain(NUMBER)
    (event,) = events(world, EventName.STAFF_FOUND)[before:]
    found = 0 if isinstance(shown, Refused) else len(shown)
    assert ({"found": str(found)}, "desk-1", "") == (event.params, event.actor_id, event.reason)
    if isinstance(shown, tuple):
        assert event.account_id == (shown[0].account.id if shown[0].account is not None else None)


def test_somebody_disabled_is_said_to_be() -> None:
    """Whom the door only tells that name or password are wrong."""
    world = World()
    verified(world)
    world.desk().disable(NUMBER, reason=WHY)
    assert (Obstacle.DISABLED,) == told(world, NUMBER).obstacles
