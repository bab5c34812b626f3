"""Every flow of both guides, done by a program with JSON alone, with bearer tokens and with cookies."""

from __future__ import annotations

from typing import Any

import pytest

from permit_accounts import PUBLIC, Account, QuestionUse, TemporaryPasswordIssued
from permit_accounts.ports import Every
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    links_in,
    public_form,
    strict_policy,
)
from permit_accounts.web.site import Site
from web.json_client import TRANSPORTS, Answer, Program

NEW = "eleven copper kettles whistle"
OLD_MAILBOX = "ann@mail.example.org"
NEW_MAILBOX = "ann.sample@mail.example.org"


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return request.param


def mailed(world: World, address: str) -> str:
    """The token of the link that was mailed last."""
    tokens = [token for message in world.mails_to(address) for token in links_in(message)]
    return tokens[-1]


def sign_in(program: Program, password: str = PASSWORD, **more: object) -> Answer:
    given: dict[str, Any] = {"account_type": "public", "username": "ann", "password": password, **more}
    return program.do("sign-in", **given)


def filled_in(form: dict[str, object], asked: list[dict[str, Any]]) -> dict[str, object]:
    """What a person enters in a form of these fields."""
    return {field["name"]: form[field["name"]] for field in asked if field["name"] in form}


def test_a_public_user_registers_and_confirms(transport: str) -> None:
    """The form is found, filled in and sent; the mailed link confirms; signing out ends it."""
    world = World()
    program = Program(world, transport)

    (kind,) = [kind for kind in program.get("account-types")["account_types"] if kind["id"] == "public"]
    answer = program.do(kind["act"], **filled_in(public_form(), kind["fields"]))
    assert ("signed-in", "ann") == (answer["outcome"], answer["account"]["username"])

    assert "email-confirmed" == program.do("confirm-email", token=mailed(world, OLD_MAILBOX))["outcome"]
    read = program.get("session")
    assert (True, True) == (read["signed_in"], read["account"]["email_confirmed"])

    assert "signed-out" == program.do("sign-out")["outcome"]
    assert {"signed_in": False} == program.get("session").json

    assert sign_in(program, remember=True)["session"]["remembered"]


def test_a_contractor_registers(transport: str) -> None:
    """A contractor new to the city is told when insurance is asked for, and registers with the license."""
    world = World()
    program = Program(world, transport)
    roofer = contractor_form(license_classes="C-39")
    asked = {name: roofer[name] for name in ("license_classes", "business_type", "has_employees")}

    (kind,) = [kind for kind in program.get("account-types")["account_types"] if kind["id"] == "contractor"]
    assert program.get("workers-compensation", **asked)["required"]
    refused = program.do(kind["act"], **filled_in(roofer, kind["fields"]))
    insurance = [field["name"] for field in kind["fields"] if field["workers_compensation"]]
    assert [(name, "workers-comp") for name in insurance] == refused.codes

    roofer |= {
        "workers_comp_carrier": "State Fund",
        "workers_comp_policy": "WC 100200",
        "workers_comp_expires_on": "2027-01-31",
    }
    assert "signed-in" == program.do(kind["act"], **filled_in(roofer, kind["fields"]))["outcome"]
    (license_held,) = program.get("licenses")["licenses"]
    assert ("claimed", False) == (license_held["state"], license_held["verified"])
    assert [] == program.get("session", licenses=1)["verified_licenses"]


def test_a_contractor_on_the_roster_signs_in_first(transport: str) -> None:
    """A temporary password opens the set-up alone; each answer says what the next act needs."""
    world = World()
    world.add_to_roster()
    issued = world.desk().issue_temporary_password(
        "1012345", reason="called", checked_how="knew the last two permits"
    )
    program = Program(world, transport)

    given = {"account_type": "contractor", "username": "CSLB 1012345", "password": issued.password}
    answer = program.do("sign-in", **given)
    assert ("setup-required", "finish-setup") == (answer["outcome"], answer["next"])
    assert {"signed_in": False} == program.get("session").json
    assert ["token", *(field["name"] for field in answer["fields"])] == answer["needs"]

    again = program.do("open-setup", token=answer["token"])
    assert ("setup-form", answer["fields"], True) == (
        again["outcome"],
        again["fields"],
        again["email_on_file"],
    )

    entered = filled_in({**contractor_form(), "password": issued.password}, answer["fields"])
    refused = program.go_on(answer, **entered)
    assert [("password", "password-temporary")] == refused.codes
    done = program.go_on(answer, **filled_in(contractor_form(), answer["fields"]))

    assert ("signed-in", "1012345") == (done["outcome"], done["account"]["username"])
    assert ["us-ca-cslb:1012345"] == program.get("session", licenses=1)["verified_licenses"]
    used = program.go_on(answer, **filled_in(contractor_form(), answer["fields"]))
    assert (410, "sign-in") == (used.status, used["next"])


@pytest.mark.parametrize(("said", "kept"), [("", "es"), ("tlh", "es"), ("ru", "ru")])
def test_a_program_that_says_no_language_leaves_the_account_its_own(
    transport: str, said: str, kept: str
) -> None:
    """Whoever registered in Spanish is not written to in English for it."""
    world = World()
    world.accounts.register(PUBLIC, public_form(), language="es")
    issued = world.desk().issue_temporary_password("ann", PUBLIC, reason="called", checked_how="by name")
    assert isinstance(issued, TemporaryPasswordIssued)
    program = Program(world, transport, language=said)
    given = {"account_type": "public", "username": "ann", "password": issued.password}
    answer = program.do("sign-in", **given)
    done = program.go_on(answer, **filled_in(public_form(), answer["fields"]))
    assert "signed-in" == done["outcome"]
    (found,) = world.store.select(Account, Every(), limit=2)
    assert kept == found.language


def test_a_forgotten_password_is_reset_by_mail(transport: str) -> None:
    """The link shows the question, takes a new password, and opens no session; then one signs in."""
    world = World(city_policy(security_question=QuestionUse.EXTRA_STEP))
    program = Program(world, transport)
    program.do("register-public", **public_form())
    program.do("confirm-email", token=mailed(world, OLD_MAILBOX))
    program.do("sign-out")

    asked = program.do("request-password-reset", identifier="ann")
    assert (202, "open-reset", ["token"]) == (asked.status, asked["next"], asked["needs"])
    assert asked.json == program.do("request-password-reset", identifier="nobody-at-all").json
    token = mailed(world, OLD_MAILBOX)
    form = program.go_on(asked, token=token)
    assert ("reset-form", "first-concert") == (form["outcome"], form["question"])
    assert ["token", "password", "answer"] == form["needs"]
    hints = {field["name"]: field["hint"] for field in form["fields"]}
    assert "Whose concert was the first one you went to?" == hints["answer"]

    wrong = program.go_on(form, token=token, password=NEW, answer="the other band")
    assert [("answer", "answer-wrong")] == wrong.codes
    done = program.go_on(form, token=token, password=NEW, answer="the marching band")
    assert ("password-reset", "sign-in") == (done["outcome"], done["next"])
    assert not program.get("session")["signed_in"]
    assert 422 == sign_in(program).status
    assert "signed-in" == sign_in(program, NEW)["outcome"]


def test_a_forgotten_username_is_mailed(transport: str) -> None:
    """The same answer for everybody; the names go to the mailbox."""
    world = World()
    Program(world, transport).do("register-public", **public_form())
    program = Program(world, transport)

    known, unknown = (program.do("remind-usernames", email=each) for each in (OLD_MAILBOX, NEW_MAILBOX))

    assert (202, "sign-in", known.json) == (known.status, known["next"], unknown.json)
    assert "ann" in world.mails_to(OLD_MAILBOX)[-1].text


def test_everything_is_changed(transport: str) -> None:
    """Password, question and address; what is sensitive asks for the password once more and says so."""
    world = World()
    program = Program(world, transport)
    program.do("register-public", **public_form())
    program.do("confirm-email", token=mailed(world, OLD_MAILBOX))

    changed = program.do("change-password", current_password=PASSWORD, password=NEW)
    assert "signed-in" == changed["outcome"]
    question = {"question": "first-dish", "answer": "potato soup"}
    assert "signed-in" == program.do("change-security-question", password=NEW, **question)["outcome"]

    world.tick(minutes=16)
    again = program.do("change-email", email=NEW_MAILBOX)
    assert (403, "reauthenticate", ["password"]) == (again.status, again["next"], again["needs"])
    assert "signed-in" == program.go_on(again, password=NEW)["outcome"]
    sent = program.do("change-email", email=NEW_MAILBOX)
    assert (202, "confirm-email") == (sent.status, sent["next"])

    moved = program.go_on(sent, token=mailed(world, NEW_MAILBOX))
    assert ("email-confirmed", NEW_MAILBOX) == (moved["outcome"], moved["account"]["email"])
    assert program.get("session")["session"] == moved["session"]
    assert NEW_MAILBOX == program.get("session")["account"]["email"]

    back = program.do("cancel-email-change", token=mailed(world, OLD_MAILBOX))
    assert ("email-change-cancelled", "open-reset") == (back["outcome"], back["next"])
    assert not program.get("session")["signed_in"]
    assert "reset-form" == program.go_on(back, token=mailed(world, OLD_MAILBOX))["outcome"]


def test_sessions_are_seen_and_ended(transport: str) -> None:
    """One's own devices are listed; one of them, or all others, are signed out."""
    world = World()
    here, there = (Program(world, transport) for _ in range(2))
    here.do("register-public", **public_form())
    sign_in(there)

    other = next(each for each in here.get("sessions")["sessions"] if not each["current"])
    assert 1 == here.do("end-session", session_id=other["id"])["count"]
    assert not there.get("session")["signed_in"]

    sign_in(there)
    assert "signed-in" == here.do("end-other-sessions")["outcome"]
    assert [True] == [each["current"] for each in here.get("sessions")["sessions"]]
    assert (401, "sign-in") == ((gone := there.get("sessions")).status, gone["next"])


def test_licenses_are_added_and_released(transport: str) -> None:
    """A claim is listed with its state until it is given up."""
    program = Program(World(), transport)
    program.do("register-public", **public_form())

    added = program.do("add-license", license="CSLB 1012345")
    assert (201, "claimed") == (added.status, added["license"]["state"])
    (listed,) = program.get("licenses")["licenses"]
    assert (added["license"]["id"], None) == (listed["id"], listed["status_as_of"])

    released = program.do("release-license", license_id=listed["id"])
    assert "released" == released["license"]["state"]


def test_an_account_is_exported_and_closed(transport: str) -> None:
    """All that is kept is read before the account is given up; then its password opens nothing."""
    program = Program(World(), transport)
    program.do("register-public", **public_form())

    kept = program.do("export-account")["export"]
    assert ("ann", ["public:ann"]) == (kept["account"]["username"], kept["names"])
    happened = {event["what"] for event in program.get("activity", page=1)["events"]}
    assert {"registered", "account-exported"} == happened

    assert [("password", "wrong-credentials")] == program.do("close-account", password=NEW).codes
    assert "account-closed" == program.do("close-account", password=PASSWORD)["outcome"]
    assert not program.get("session")["signed_in"]
    assert 422 == sign_in(program).status


def test_a_strict_city_has_the_mailbox_confirmed_first(transport: str) -> None:
    """No question is asked, and nobody is in before the link; it asks for the password and names that."""
    world = World(strict_policy())
    program = Program(world, transport)

    (kind,) = [kind for kind in program.get("account-types")["account_types"] if kind["id"] == "public"]
    begun = program.do(kind["act"], **filled_in(public_form(), kind["fields"]))
    assert (202, "confirm-email", ["token"]) == (begun.status, begun["next"], begun["needs"])
    assert [("", "confirm-first")] == sign_in(program).codes

    sent = program.do("resend-confirmation", identifier="ann")
    assert (202, "confirm-email") == (sent.status, sent["next"])
    token = mailed(world, OLD_MAILBOX)
    again = program.go_on(sent, token=token)
    assert (403, "confirm-email", ["token", "password"]) == (again.status, again["next"], again["needs"])
    assert "email-confirmed" == program.go_on(again, token=token, password=PASSWORD)["outcome"]
    assert "signed-in" == sign_in(program)["outcome"]


def test_words_are_in_the_language_of_the_request() -> None:
    """A form in Spanish is one for people who read Spanish; names and choices stay the program's."""
    world = World()
    site = Site(world.accounts)
    english, spanish = (
        Program(world, "bearer", site=site, language=language).get("account-types").json
        for language in ("en", "es-MX,es;q=0.9")
    )

    assert ("en", "es") == (english["language"], spanish["language"])
    for one, other in zip(english["account_types"], spanish["account_types"], strict=True):
        assert [field["name"] for field in one["fields"]] == [field["name"] for field in other["fields"]]
        for field, campo in zip(one["fields"], other["fields"], strict=True):
            assert field["label"] not in ("", campo["label"])
            assert campo["label"]
