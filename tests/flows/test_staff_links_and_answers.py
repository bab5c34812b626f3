"""What staff use for a caller: the mailed link, the answer on file, an account turned off and on."""

from __future__ import annotations

import attrs
import pytest

from flows.desk_cases import (
    LICENSE,
    NUMBER,
    OFFICE,
    WHY,
    disabled,
    in_set_up,
    on_roster,
    templates,
    verified,
)
from flows.people import account, events, temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AnswerChecked,
    Code,
    Done,
    EventName,
    LinkSent,
    Reason,
    Refused,
    SetupForm,
    SignedIn,
)
from permit_accounts.model.records import License
from permit_accounts.ports import Is, Replace
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form, setup_form, strict_policy
from story import ANSWER, newest_link, signed_in

NEW = "new@contractor.example.org"


def test_a_link_leads_past_a_forgotten_answer() -> None:
    """A finished account gets a set-up link: new password, new question, everything before ends."""
    world = World()
    made = verified(world)

    sent = world.desk().send_link(NUMBER, reason=WHY)
    assert isinstance(sent, LinkSent)
    assert (None, None, None) == (
        sent.account.password_hash,
        sent.account.temporary_hash,
        sent.account.answer_hash,
    )
    assert world.accounts.session(made.session_token) is not None
    link = newest_link(world, OFFICE, "/setup")
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    signed_in(world.accounts.finish_setup(link, setup_form(form.asks, password="a bridge of seven arches")))

    assert world.accounts.session(made.session_token) is None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)


def test_the_newest_link_alone_lives_and_goes_to_the_address_on_file_now() -> None:
    """The license's address changed since the account was made: the account has it, the old link is dead."""
    world = World()
    on_roster(world)
    desk = world.desk()
    desk.send_link(NUMBER, reason=WHY)
    first = newest_link(world, OFFICE, "/setup")
    desk.send_link(NUMBER, reason=WHY)

    assert isinstance(world.accounts.open_setup(first), Refused)
    assert isinstance(world.accounts.open_setup(newest_link(world, OFFICE, "/setup")), SetupForm)


def test_an_address_that_the_import_changed_is_written_with_the_link() -> None:
    """Only the roster knew of it; the mail goes there, and so does every later one."""
    world = World()
    in_set_up(world)
    before = world.store.select(License, Is("id", LICENSE), limit=1)[0]
    contact = attrs.evolve(before.contact, email=NEW, email_key=NEW)  # type: ignore[type-var]
    world.store.commit(Replace(before, attrs.evolve(before, contact=contact)))

    world.desk().send_link(NUMBER, reason=WHY)

    assert NEW == account(world, f"license:{LICENSE}").email
    assert ["setup-link"] == templates(world, NEW)


def test_match_or_no_match_is_all_that_staff_learn() -> None:
    """The answer is never shown, a check changes nothing, and both kinds stand in the history."""
    world = World()
    made = verified(world)
    desk = world.desk()

    right = desk.check_answer(NUMBER, " The MARCHING band. ", reason=WHY)
    world.tick(seconds=1)
    wrong = desk.check_answer(NUMBER, "another band", reason=WHY)

    assert (AnswerChecked(matches=True), AnswerChecked(matches=False)) == (right, wrong)
    checked = events(world, EventName.STAFF_CHECKED_ANSWER)
    assert [None, Reason.WRONG_ANSWER] == [event.cause for event in checked]
    assert ANSWER not in repr(checked)
    assert world.accounts.session(made.session_token) is not None


def test_guesses_at_the_answer_are_counted_with_those_at_the_reset() -> None:
    """Ten wrong ones in a day for one account, whoever asked; nobody is locked out by it."""
    world = World()
    verified(world)
    desk = world.desk()

    for n in range(10):
        assert AnswerChecked(matches=False) == desk.check_answer(NUMBER, f"band {n}", reason=WHY)
    eleventh = desk.check_answer(NUMBER, ANSWER, reason=WHY)

    assert isinstance(eleventh, Refused)
    assert (Code.ANSWER_TRIES,) == eleventh.codes
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)
    world.tick(days=1)
    assert AnswerChecked(matches=True) == desk.check_answer(NUMBER, ANSWER, reason=WHY)


@pytest.mark.parametrize("city", [city_policy(staff_may_check_answers=False), strict_policy()])
def test_a_city_may_do_without(city: object) -> None:
    """No question collected, or staff not to ask for it: there is nothing to check."""
    world = World(city)  # type: ignore[arg-type]
    question = {} if world.policy.question_required else {"question": None, "answer": None}
    world.accounts.register(PUBLIC, public_form("ann", **question))

    refused = world.desk().check_answer("ann", ANSWER, PUBLIC, reason=WHY)

    assert isinstance(refused, Refused)
    assert (Code.STAFF_NO_QUESTION,) == refused.codes


def test_a_disabled_account_comes_back_as_it_was() -> None:
    """Enabled again, the password is good, and what was open before stays ended; one in set-up stays so."""
    world = World()
    disabled(world)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)

    world.desk().enable(NUMBER, reason=WHY)

    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)
    world.add_to_roster("1012346")
    temporary(world, "1012346")
    world.desk().disable("1012346", reason=WHY)
    enabled = world.desk().enable("1012346", reason=WHY)
    assert isinstance(enabled, Done)
    assert "setup" == enabled.account.standing
