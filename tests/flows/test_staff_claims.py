"""Claims at the desk: approve, link, reject, release. Name and claim move together, nobody is displaced."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.desk_cases import (
    LICENSE,
    NUMBER,
    OFFICE,
    WHY,
    bystander,
    claimed,
    in_set_up,
    licenses_of,
    link_of,
    stored,
    templates,
    verified,
)
from flows.mailboxes import changed
from flows.people import account, claimant, events
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    Done,
    EventName,
    LicenseAdded,
    Limit,
    LinkDecided,
    LinkState,
    Refused,
    SetupForm,
    SignedIn,
    Standing,
)
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form, setup_form
from story import newest_link, signed_in

# --------------------------------------------------------------------------------------------------- approve


def test_an_approved_claim_is_verified_and_the_person_told() -> None:
    """Staff have seen the license: from now on the application may let this account do what it gates."""
    world = World()
    made = claimed(world)
    assert () == world.accounts.verified_licenses(made.account)
    world.deliver()

    decided = world.desk().approve(NUMBER, NUMBER, reason=WHY)

    assert isinstance(decided, LinkDecided)
    assert (LinkState.VERIFIED, "desk-1") == (decided.link.state, decided.link.decided_by)
    assert [LICENSE] == licenses_of(world, made.account)
    assert ["claim-approved"] == templates(world, OFFICE)
    assert world.accounts.session(made.session_token) is not None


@pytest.mark.attack("LIC-02")
def test_a_claim_is_not_approved_while_another_claimant_has_the_name() -> None:
    """The name shows who has to be decided first: that claim is approved, or the license transferred."""
    world = World()
    claimed(world)
    ann = bystander(world)
    assert isinstance(world.accounts.add_license(ann.session_token, f"CSLB {NUMBER}"), LicenseAdded)

    held = world.desk().approve(NUMBER, "ann", PUBLIC, reason=WHY)

    assert isinstance(held, Refused)
    assert (Code.STAFF_HELD,) == held.codes
    assert NUMBER == held.problems[0].params["username"]
    assert LinkState.PENDING is link_of(world, ann.account)
    assert isinstance(world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY), Done)
    assert LinkState.VERIFIED is link_of(world, ann.account)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)
    assert ann.account.id == account(world, f"license:{LICENSE}").id


@pytest.mark.attack("LIC-02")
def test_a_second_verified_holder_displaces_nobody() -> None:
    """Several people may act under one license; its number goes on signing in the one who has it."""
    world = World()
    holder = verified(world)
    ann = bystander(world)

    assert isinstance(world.desk().approve(NUMBER, "ann", PUBLIC, reason=WHY), LinkDecided)

    assert [LICENSE] == licenses_of(world, ann.account)
    assert [LICENSE] == licenses_of(world, holder.account)
    assert holder.account.id == account(world, f"license:{LICENSE}").id
    assert world.accounts.session(holder.session_token) is not None


def test_a_free_license_is_linked_with_its_name() -> None:
    """A second roster license of one firm: its number signs in the account that the firm has."""
    world = World()
    verified(world)
    world.add_to_roster("1012346")

    assert isinstance(world.desk().approve("1012346", NUMBER, reason=WHY), LinkDecided)

    one = signed_in(world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD))
    assert NUMBER == one.account.username
    assert ["us-ca-cslb:1012346", LICENSE] == sorted(map(str, world.accounts.verified_licenses(one.account)))
    assert [EventName.STAFF_LINKED] == [e.name for e in events(world, EventName.STAFF_LINKED)]


def test_what_is_approved_in_set_up_waits_for_its_end() -> None:
    """The claim of somebody who has not finished is verified by finishing, not before."""
    world = World()
    in_set_up(world)
    world.add_to_roster("1012346")

    decided = world.desk().approve("1012346", NUMBER, reason=WHY)
    assert isinstance(decided, LinkDecided)
    assert LinkState.PENDING is decided.link.state
    world.desk().send_link(NUMBER, reason=WHY)
    link = newest_link(world, OFFICE)
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    finished = signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))

    assert 2 == len(world.accounts.verified_licenses(finished.account))


def test_a_rejected_claim_can_be_approved_after_all() -> None:
    """A claim that was ended, on an account that goes on, is taken up again with its name."""
    world = World()
    claimed(world)
    desk = world.desk()
    desk.reject(NUMBER, NUMBER, new_name="1012346", reason=WHY)

    decided = desk.approve(NUMBER, "1012346", reason=WHY)

    assert isinstance(decided, LinkDecided)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)
    assert () == violations(world.store)


# ----------------------------------------------------------------------------------------- reject and release


@pytest.mark.parametrize("act", ["reject", "release"])
def test_an_account_with_no_other_name_is_closed(act: str) -> None:
    """Its only name goes with the claim: everything open ends, and the person is told both."""
    world = World()
    made = verified(world)
    waiting = world.accounts.add_license(made.session_token, "CSLB 1012346")
    assert isinstance(waiting, LicenseAdded)
    world.deliver()

    decided = getattr(world.desk(), act)(NUMBER, NUMBER, reason=WHY)

    kept = stored(world, made)
    told = "claim-rejected" if act == "reject" else "license-released"
    assert isinstance(decided, LinkDecided)
    assert Standing.CLOSED is kept.standing
    assert (None, None) == (kept.password_hash, kept.answer_hash)
    assert world.accounts.session(made.session_token) is None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    assert LinkState.RELEASED is link_of(world, kept, "us-ca-cslb:1012346")
    assert sorted(["account-closed", told]) == templates(world, OFFICE)
    assert () == violations(world.store)


@pytest.mark.parametrize("act", ["reject", "release"])
def test_an_account_with_another_name_goes_on_under_it(act: str) -> None:
    """The other name signs in and is shown; what was open under the lost one ends."""
    world = World()
    made = verified(world)
    world.desk().approve("1012346", NUMBER, reason=WHY)

    getattr(world.desk(), act)(NUMBER, NUMBER, reason=WHY)

    assert world.accounts.session(made.session_token) is None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    again = signed_in(world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD))
    assert "1012346" == again.account.username
    assert "username-changed" in templates(world, OFFICE)


def test_a_name_that_a_person_chose_stays_as_it_is_shown() -> None:
    """Only an account that went by the license's number goes by another name now."""
    world = World()
    world.accounts.register(PUBLIC, public_form("Ann.Sample"))
    world.desk().approve(NUMBER, "ann.sample", PUBLIC, reason=WHY)

    world.desk().release(NUMBER, "ann.sample", PUBLIC, reason=WHY)

    assert "Ann.Sample" == account(world, "public:ann.sample").username
    assert () == violations(world.store)


def test_a_claim_without_a_name_ends_without_one() -> None:
    """A claim added while signed in gave no name: its rejection ends no session and changes none."""
    world = World()
    verified(world)
    ann = bystander(world)
    world.accounts.add_license(ann.session_token, f"CSLB {NUMBER}")

    world.desk().reject(NUMBER, "ann", PUBLIC, reason=WHY)

    assert LinkState.REJECTED is link_of(world, ann.account)
    assert world.accounts.session(ann.session_token) is not None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)


@pytest.mark.attack("LIC-14")
def test_a_new_number_comes_with_a_claim_of_its_own() -> None:
    """A re-licensed firm keeps its account: the new number signs in, its claim waits, the old one is over."""
    world = World()
    made = verified(world)

    decided = world.desk().release(NUMBER, NUMBER, new_name="1012346", reason=WHY)

    assert isinstance(decided, LinkDecided)
    assert LinkState.CLAIMED is link_of(world, made.account, "us-ca-cslb:1012346")
    assert world.accounts.session(made.session_token) is None
    again = signed_in(world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD))
    assert (made.account.id, "1012346") == (again.account.id, again.account.username)
    assert () == world.accounts.verified_licenses(again.account)
    assert isinstance(world.desk().approve("1012346", "1012346", reason=WHY), LinkDecided)
    assert () == violations(world.store)


def test_a_new_number_that_was_claimed_already_keeps_that_claim() -> None:
    """One claim for each account and license, whatever it is given twice."""
    world = World()
    made = verified(world)
    world.accounts.add_license(made.session_token, "CSLB 1012346")
    world.accounts.add_license(made.session_token, "CSLB 1012347")
    world.accounts.release_license(made.session_token, "us-ca-cslb:1012347")
    desk = world.desk()

    desk.release(NUMBER, NUMBER, new_name="1012346", reason=WHY)
    assert LinkState.CLAIMED is link_of(world, made.account, "us-ca-cslb:1012346")
    desk.release("1012346", "1012346", new_name="1012347", reason=WHY)

    assert LinkState.CLAIMED is link_of(world, made.account, "us-ca-cslb:1012347")
    assert () == violations(world.store)


@pytest.mark.parametrize(
    ("new_name", "code"),
    [
        ("1154777", Code.USERNAME_TAKEN),
        (NUMBER, Code.USERNAME_TAKEN),
        ("Jim", Code.LICENSE),
        ("", Code.REQUIRED),
    ],
)
def test_a_new_name_that_cannot_be_had_is_refused(new_name: str, code: Code) -> None:
    """Somebody's name, its own, or no number at all: nothing is changed."""
    world = World()
    made = verified(world)
    claimant(world, "1154777")

    for act in (world.desk().reject, world.desk().release):
        refused = act(NUMBER, NUMBER, new_name=new_name, reason=WHY)
        assert isinstance(refused, Refused)
        assert (code,) == refused.codes
    assert LinkState.VERIFIED is link_of(world, made.account)
    assert world.accounts.session(made.session_token) is not None


def test_a_public_name_is_held_to_the_rules_for_usernames() -> None:
    """Staff give no username that nobody could have chosen."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    world.desk().approve(NUMBER, "ann", PUBLIC, reason=WHY)

    refused = world.desk().release(NUMBER, "ann", PUBLIC, new_name="12345678", reason=WHY)

    assert isinstance(refused, Refused)
    assert (Code.USERNAME_ALL_DIGITS,) == refused.codes


def test_a_new_name_for_nobody_is_not_found() -> None:
    """The name is not even read where there is no account to give it to."""
    refused = World().desk().reject(NUMBER, NUMBER, new_name="!", reason=WHY)

    assert isinstance(refused, Refused)
    assert (Code.STAFF_NOT_FOUND,) == refused.codes


def test_a_new_name_that_is_no_text_is_refused() -> None:
    """As everywhere else."""
    world = World()
    verified(world)

    refused = world.desk().reject(NUMBER, NUMBER, new_name=7, reason=WHY)  # type: ignore[arg-type]

    assert isinstance(refused, Refused)
    assert (Code.NOT_TEXT,) == refused.codes


class NarrowStore(MemoryStore):
    """A store that takes no more changes at once than every store does."""

    max_changes = 25

    def commit(self, *changes: object) -> None:
        """As the store itself; more than it takes would be a fault of the library's."""
        assert len(changes) <= self.max_changes
        super().commit(*changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("act", ["reject", "transfer", "close", "reopen"])
def test_the_largest_account_still_ends_in_one_commit(act: str) -> None:
    """As many claims as one account may have, each with a name, end together: twenty-five changes hold it,
    with all the links besides that take a change of address back."""
    often = Limit(count=20, within=timedelta(hours=1))
    world = World(city_policy(unique_email=True, confirmation_mails=often), store=NarrowStore())
    made = verified(world)
    for n in range(9):
        made = changed(world, made, f"office{n}@mail.example.org")
    numbers = [str(1012300 + n) for n in range(20)]
    tried = {n: world.accounts.add_license(made.session_token, n) for n in numbers}
    added = [n for n, outcome in tried.items() if isinstance(outcome, LicenseAdded)]
    assert 5 == len(added)
    bystander(world)

    match act:
        case "reject":
            assert isinstance(world.desk().reject(NUMBER, NUMBER, reason=WHY), LinkDecided)
        case "transfer":
            assert isinstance(world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY), Done)
        case _:
            for number in added:
                world.desk().approve(number, NUMBER, reason=WHY)
            again = signed_in(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD))
            assert not isinstance(world.accounts.close_account(again.session_token, PASSWORD), Refused)
    assert Standing.CLOSED is stored(world, made).standing
    if act == "reopen":
        done = world.desk().reopen(NUMBER, new_name="1154999", reason=WHY)
        assert isinstance(done, Done)
        assert 7 == len(world.accounts.licenses(done.account))
    assert () == violations(world.store)
