"""What a program reads of whoever is signed in, and how strictly it has to ask."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from permit_accounts import TemporaryPasswordIssued, Unavailable
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form, setup_form
from web.json_client import BEARER, COOKIES, TRANSPORTS, Program
from web.pages_at_hand import City, csrf_of

OWN = ("sessions", "licenses", "activity")


class Full(MemoryStore):
    """A store that can be read and not written, when it is told to."""

    is_full = False

    def commit(self, *changes: Any) -> None:
        if self.is_full:
            raise Unavailable("the disk is full")
        super().commit(*changes)


def member(world: World, transport: str = BEARER) -> Program:
    """The program of somebody who has just registered."""
    program = Program(world, transport)
    program.do("register-public", **public_form())
    return program


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nobody_reads_only_that(transport: str) -> None:
    """Who is signed in may be asked by anybody; all else says who has to sign in and how."""
    program = Program(World(), transport)
    assert {"signed_in": False} == program.get("session").json
    for name in OWN:
        answer = program.get(name)
        assert (401, [("", "session")], "sign-in") == (answer.status, answer.codes, answer["next"])
        assert ["account_type", "username", "password"] == answer["needs"]
        assert 'Bearer realm="permit portal"' == answer.response.header("www-authenticate")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_whoever_is_signed_in_is_shown(transport: str) -> None:
    """The username for the upper right, until when, and licenses where they are asked for."""
    program = member(World(), transport)
    shown = program.get("session")
    assert (True, "ann", False) == (
        shown["signed_in"],
        shown["account"]["username"],
        shown["session"]["remembered"],
    )
    assert "verified_licenses" not in shown.json
    assert "verified_licenses" not in program.get("session", licenses=0).json
    assert [] == program.get("session", licenses=1)["verified_licenses"]


def test_an_expired_session_is_nobodys() -> None:
    """By time, whatever the token."""
    world = World()
    program = member(world)
    world.tick(days=2)
    assert {"signed_in": False} == program.get("session").json
    assert [401] * 3 == [program.get(name).status for name in OWN]


def test_licenses_are_shown_with_what_is_known() -> None:
    """From the roster, with the day of it; empty where nothing is known."""
    world = World()
    world.add_to_roster("1012345")
    issued = world.desk().issue_temporary_password("1012345", reason="called", checked_how="knew two permits")
    program = Program(world, BEARER)
    assert isinstance(issued, TemporaryPasswordIssued)
    begun = program.do("sign-in", account_type="contractor", username="1012345", password=issued.password)
    asked = tuple(field["name"] for field in begun["fields"])
    assert "signed-in" == program.go_on(begun, **setup_form(asked))["outcome"]
    program.do("add-license", license="CSLB 1012346")

    known, unknown = sorted(program.get("licenses")["licenses"], key=lambda each: str(each["id"]))

    assert ("verified", True, "Sample Builders", "active") == (
        known["state"],
        known["verified"],
        known["business_name"],
        known["status"],
    )
    assert ("2026-03-02T09:00:00Z", None) == (known["status_as_of"], known["expires_on"])
    assert {None} == {unknown[name] for name in ("business_name", "status", "status_as_of", "expires_on")}
    assert set(known) == set(unknown)


def test_activity_comes_in_pages() -> None:
    """Newest first, fifty at a time; beyond the last page, the last."""
    world = World()
    program = member(world)
    for _ in range(60):
        world.tick(seconds=1)
        program.do("sign-in", account_type="public", username="ann", password=PASSWORD)

    pages = [program.get("activity")]
    while pages[-1]["next_page"] is not None:
        pages.append(program.get("activity", page=pages[-1]["next_page"]))

    assert [50] * (len(pages) - 1) == [len(page["events"]) for page in pages[:-1]]
    assert list(range(2, len(pages) + 1)) == [page["next_page"] for page in pages[:-1]]
    assert pages[-1].json == program.get("activity", page=40).json
    events = [event for page in pages for event in page["events"]]
    assert len(events) == len({event["id"] for event in events})
    assert sorted((event["at"] for event in events), reverse=True) == [event["at"] for event in events]
    assert 60 == [event["what"] for event in events].count("signed-in")
    assert "registered" == events[-1]["what"]


@pytest.mark.attack("API-02", "API-04", "RED-03")
@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("activity", "page=0", ("page", "choice")),
        ("activity", "page=41", ("page", "choice")),
        ("activity", "page=-1", ("page", "choice")),
        ("activity", "page=1.0", ("page", "choice")),
        ("activity", "page=%D9%A1", ("page", "choice")),
        ("activity", "page=", ("page", "choice")),
        ("activity", "page=1e1", ("page", "choice")),
        ("activity", "limit=100000", ("limit", "unknown-field")),
        ("activity", "after=064c", ("after", "unknown-field")),
        ("activity", "account_id=064c", ("account_id", "unknown-field")),
        ("activity", "page[]=1", ("page??", "unknown-field")),
        ("session", "licenses=yes", ("licenses", "choice")),
        ("session", "token=abc", ("token", "unknown-field")),
        ("sessions", "order_by=id", ("order_by", "unknown-field")),
        ("licenses", "state__in=verified", ("state__in", "unknown-field")),
        ("account-types", "language=es", ("language", "unknown-field")),
        ("workers-compensation", "has_employees=true", ("has_employees", "choice")),
        ("workers-compensation", f"license_classes={'B' * 201}", ("license_classes", "too-long")),
        ("csrf", "next=//evil.example", ("next", "unknown-field")),
    ],
)
def test_a_parameter_that_is_none_is_refused_by_name(
    name: str, query: str, expected: tuple[str, str]
) -> None:
    """One dropped in silence would leave a program believing in what it asked for."""
    program = member(World())
    shown = (("authorization", f"Bearer {program.session_token}"),)
    response = program.browser.exchange("GET", f"/api/{name}?{query}", headers=shown)
    answer = program.judged("GET", name, response)
    assert (422, [expected]) == (answer.status, answer.codes)


def test_a_wrong_question_of_nobody_is_nobodys() -> None:
    """What is asked for wrongly is told to those alone who may ask."""
    assert 401 == Program(World(), BEARER).get("activity", limit=5).status


@pytest.mark.attack("RED-03")
@pytest.mark.parametrize(
    ("query", "code"),
    [("page=1&page=2", "twice"), ("page=%FF", "broken"), ("page", "broken")],
)
def test_parameters_that_cannot_be_read(query: str, code: str) -> None:
    """Neither the first nor the last of two is meant."""
    program = member(World(), COOKIES)
    answer = program.judged("GET", "activity", program.browser.exchange("GET", f"/api/activity?{query}"))
    assert (400, code) == (answer.status, answer["code"])


def test_the_law_of_insurance() -> None:
    """For what a form says so far: by its class, or by having employees; a half filled form is no error."""
    program = Program(World(), BEARER)

    def required(**given: str) -> bool:
        found: bool = program.get("workers-compensation", **given)["required"]
        return found

    assert not required()
    assert not required(license_classes="B", business_type="", has_employees="")
    assert required(license_classes="B", business_type="corporation", has_employees="yes")
    assert required(license_classes="C-39", business_type="sole-owner", has_employees="no")


def left(program: Program) -> tuple[int, bool]:
    answer = program.get("session")
    return answer["seconds_left"], answer["can_be_extended"]


@pytest.mark.attack("SESS-12")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_how_long_the_session_lasts_is_said(transport: str) -> None:
    """From when it was last noted as seen, not each time; in the end, what its absolute limit leaves."""
    world = World(city_policy(session_absolute=timedelta(hours=1)))
    program = member(world, transport)
    assert (1800, True) == left(program)
    world.tick(minutes=4)
    assert (1560, True) == left(program)
    world.tick(minutes=20)
    assert (1800, True) == left(program)
    world.tick(minutes=20)
    assert (960, False) == left(program)
    world.tick(seconds=959)
    assert (1, False) == left(program)
    world.tick(seconds=1)
    assert {"signed_in": False} == program.get("session").json


@pytest.mark.attack("SESS-12")
def test_a_note_that_could_not_be_written_promises_nothing() -> None:
    """Where the store did not take it, the session ends when it would have ended."""
    world = World(store=Full())
    program = member(world)
    world.tick(minutes=10)
    world.store.is_full = True  # type: ignore[attr-defined]
    assert (1200, True) == left(program)


def test_a_remembered_session_has_its_days() -> None:
    """It has no idle limit, so nothing puts its end off; where the city remembers no more, it has."""
    world = World()
    program = member(world)
    given = {"account_type": "public", "username": "ann", "password": PASSWORD}
    program.do("sign-in", **given, remember=True)
    assert (30 * 86400, False) == left(program)
    changed = World(city_policy(remember_me=False), store=world.store, keys=world.keys)
    later = Program(changed, BEARER)
    later.session_token = program.session_token
    assert (1800, True) == left(later)


@pytest.mark.attack("WEB-01", "SESS-11")
def test_an_older_tab_puts_the_end_off_whatever_another_did_meanwhile() -> None:
    """A new token of the session takes the forms of older pages with it, not what they ask."""
    city = City()
    browser = city.signed_in()
    old = csrf_of(browser.open("/account"))
    browser.open("/password-again")
    browser.submit("Continue", {"Password": PASSWORD})
    city.world.tick(minutes=28)

    assert 403 == browser.post("/sign-out", [("csrf_token", old)]).status
    said = json.loads(browser.exchange("GET", "/api/session").body)
    assert (True, 1800) == (said["signed_in"], said["seconds_left"])


def test_pages_begin_with_the_same_count() -> None:
    """What a script counts from is what the portal goes by."""
    city = City(city_policy(session_absolute=timedelta(minutes=40)))
    browser = city.signed_in()
    city.world.tick(minutes=4)
    page = browser.open("/dashboard").html
    assert ('data-seconds="1560"', False) == (re.search(r'data-seconds="\d+"', page)[0], "data-last " in page)
    city.world.tick(minutes=20)
    page = browser.open("/dashboard").html
    assert ('data-seconds="960"', True) == (re.search(r'data-seconds="\d+"', page)[0], "data-last " in page)
    assert "signed out after 30 minutes without use" in page


@pytest.mark.parametrize(
    ("minutes", "seconds", "said"), [(30, 120, "2 minutes"), (3, 90, "2 minutes"), (1, 30, "1 minute")]
)
def test_the_warning_leaves_time_to_use_the_page(minutes: int, seconds: int, said: str) -> None:
    """Where sessions are short it comes later, or it would be in front of the page all the time."""
    page = City(city_policy(session_idle=timedelta(minutes=minutes))).signed_in().open("/dashboard")
    assert f'data-warn-seconds="{seconds}"' in page.html
    assert f"You will be signed out in {said}, and" in page.html
