"""Finding somebody, what may be done, and what is told of it."""

from __future__ import annotations

import re

import attrs
import pytest

from permit_accounts import (
    Account,
    AuditEvent,
    Code,
    LinkState,
    Obstacle,
    OutcomeUnknown,
    Permission,
    Problem,
    Refused,
    Remark,
    Unavailable,
)
from permit_accounts.ports import Every, Replace
from permit_accounts.staff_console.desk_acts import ACTS
from permit_accounts.staff_console.records import paged
from permit_accounts.testing.world import city_policy, contractor_form, public_form
from permit_accounts.texts.catalog import LANGUAGES, texts
from staff_console.desk_at_hand import Desk, contractor_at_home, csrf_of, post

WHY = {"reason": "asked on the telephone"}
LICENSE = "us-ca-cslb:1012345"


@pytest.fixture
def desk():
    """A city with a contractor who is signed in, and two public users who share a mailbox."""
    desk = Desk()
    desk.world.add_to_roster()
    contractor_at_home(desk.world)
    for name in ("ann", "ben"):
        desk.world.accounts.register("public", public_form(name, email="ann@mail.example.org"))
    return desk


def events(desk):
    return desk.world.store.select(AuditEvent, Every(), limit=1000)


def test_one_is_found_and_several_are(desk):
    """One leads to the page, several to a choice; no e-mail address stands in an address line."""
    browser = desk.browser()
    browser.open("/staff")
    page = browser.submit("Find", {"text": "ann@mail.example.org"})
    assert (200, "/staff") == (page.status, page.path)
    assert "Several were found" in page.text
    page = browser.click("ben, Public user")
    assert "/staff/person?who=ben&type=public" == page.path
    assert "ann@mail.example.org" in page.text
    browser.open("/staff")
    page = browser.submit("Find", {"text": "office@contractor.example.org"})
    assert "/staff/person?who=1012345&type=contractor" == page.path
    assert "Nothing stands in the way" in page.text


def test_what_was_chosen_stands_in_words(desk):
    """A type of business and an answer of yes or no are words of the page's language."""
    page = desk.browser().open("/staff/person?who=1012345&type=contractor")
    assert "<dd>Corporation</dd>" in page.html
    assert "<dd>No</dd>" in page.html


@pytest.mark.parametrize(
    ("language", "since", "until"),
    [
        ("en", "Mar 2, 2026, 1:00 AM PST", "June 30, 2027"),
        ("es", "2 mar 2026, 1:00 a.m. PST", "30 de junio de 2027"),
        ("ru", "2 мар. 2026 г., 01:00 PST", "30 июня 2027 г."),
    ],
)
def test_times_are_on_the_citys_clock(desk, language, since, until):
    """In the staff's language, on the person's page, in the history, and in the list of claims."""
    desk.world.accounts.register("contractor", contractor_form("1012346"))
    browser = desk.browser(language=language)
    page = browser.open("/staff/person?who=1012346&type=contractor")
    shown = [page.text]
    assert until in page.text
    for path in ("/staff/history?who=1012346&type=contractor", "/staff/claims?state=claimed"):
        shown.append(browser.open(path).text)
    for text in shown:
        assert since in text.replace("a. m.", "a.m.")
        assert not re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|UTC", text)


def test_what_keeps_somebody_out_says_until_when_in_the_citys_time():
    """Of a city elsewhere, whose clock is another."""
    desk = Desk(city_policy(time_zone="Pacific/Honolulu"))
    desk.world.add_to_roster()
    desk.world.desk().issue_temporary_password("1012345", reason="first sign-in", checked_how="called back")
    page = desk.person(desk.browser())
    assert "The temporary password is good until Mar 4, 2026, 11:00 PM HST." in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "La contraseña temporal es válida hasta el 5 mar 2026, 1:00 a.m. PST."),
        ("ru", "Временный пароль действует до 5 мар. 2026 г., 01:00 PST."),
    ],
)
def test_a_time_within_a_sentence(language, said):
    """It reads as one sentence in the other languages too."""
    desk = Desk()
    desk.world.add_to_roster()
    desk.world.desk().issue_temporary_password("1012345", reason="first sign-in", checked_how="called back")
    page = desk.person(desk.browser(language=language))
    assert said in page.text.replace("a. m.", "a.m.")


def test_a_date_that_is_none_is_shown_as_it_was_written(desk):
    """What a profile kept from before its field held a date loses nothing."""
    account = next(
        each for each in desk.world.store.select(Account, Every(), limit=9) if each.username == "1012345"
    )
    profile = {**account.profile, "license_expires_on": "end of June"}
    desk.world.store.commit(Replace(account, attrs.evolve(account, profile=profile)))
    assert "<dd>end of June</dd>" in desk.person(desk.browser()).html


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Any type"), ("es", "Cualquier tipo"), ("ru", "Любой тип")]
)
def test_no_type_need_be_chosen(desk, language, words):
    """Where a type only narrows a search, the list does not ask for one."""
    browser = desk.browser(language=language)
    for path in ("/staff", f"/staff/person/transfer?who=1012345&license={LICENSE}"):
        assert f'<option value="">{words}</option>' in browser.open(path).html


def test_nobody_is_found(desk):
    """Why, with what was typed still there; an empty search says so."""
    browser = desk.browser()
    browser.open("/staff")
    page = browser.submit("Find", {"text": "1O12345"})
    assert 404 == page.status
    assert "looks like 0" in page.text
    assert 'value="1O12345"' in page.html
    page = browser.submit("Find", {"account_type": "public"})
    assert '<option value="public" selected>' in page.html
    assert 422 == browser.submit("Find", {"text": " "}).status
    assert 404 == browser.open("/staff/person?who=nobody").status


def test_without_the_permission_nobody_is_found(desk):
    """The desk refuses, and notes it."""
    browser = desk.only(Permission.ROSTER)
    token = csrf_of(browser.open("/staff"))
    assert 403 == post(browser, "/staff", [("csrf_token", token), ("text", "ann")]).status
    for path in ("/staff/person?who=ann", "/staff/history?who=ann", "/staff/inbox", "/staff/claims"):
        assert 403 == browser.open(path).status
    assert 5 == len([event for event in events(desk) if event.name == "staff-refused"])


@pytest.mark.parametrize("act", sorted(ACTS))
def test_no_act_without_a_reason(desk, act):
    """Each asks for one; nothing is done without."""
    browser = desk.browser()
    before = {event.id for event in events(desk)}
    page = desk.act(browser, act, license_id=LICENSE)
    assert 200 == page.status
    button = next(control.label for form in page.forms for control in form.controls[-1:] if form.action == "")
    page = browser.submit(button)
    assert 422 == page.status
    assert "Reason: Fill in this field." in page.text
    assert {"staff-found"} >= {event.name for event in events(desk) if event.id not in before}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_no_act_without_its_permission(desk, act):
    """Whoever has every permission but this is refused by the desk, and offered nothing."""
    needed = ACTS[act].permission
    browser = desk.only(*(set(Permission) - {needed}))
    assert 403 == desk.act(browser, act, license_id=LICENSE).status
    token = csrf_of(browser.open("/staff"))
    path = f"/staff/person/{act}?who=1012345&type=contractor&license={LICENSE}"
    sent = [("csrf_token", token), ("email", "new@mail.example.org"), ("phone", "3235550100"), *WHY.items()]
    assert 403 == post(browser, path, sent).status
    assert f"/staff/person/{act}" not in desk.person(browser).html


@pytest.mark.parametrize("act", sorted(ACTS))
def test_a_form_names_only_what_it_is_about(desk, act):
    """An address that somebody made up cannot put another license or person on the page than it acts on."""
    path = f"/staff/person/{act}?who=ann&type=public&license={LICENSE}"
    page = desk.browser().open(path)
    about = page.html.partition("<dl")[2].partition("</dl>")[0]
    claim = act in ("approve", "reject", "release")
    license_too = claim or act in ("correct-license", "transfer")
    assert license_too == ("California CSLB 1012345" in about + page.title)
    assert (claim or not license_too) == ("ann" in about)


@pytest.mark.parametrize("act", ["change-email", "send-link", "disable", "temporary-password"])
def test_a_page_from_before_the_name_passed_on(desk, act):
    """Nothing is done to whoever has the name by now, such as putting the former owner's mailbox on file."""
    browser = desk.browser()
    path = next(path for _, path in desk.person(browser).links if path.startswith(f"/staff/person/{act}?"))
    desk.world.desk().transfer("1012345", reason="the firm was sold")
    page = browser.open(path)
    said = {"email": "former@contractor.example.org", "checked_how": "called back", "second_reason": "urgent"}
    sent = [("csrf_token", csrf_of(page)), *said.items(), *WHY.items()]
    before = {event.id for event in events(desk)}
    answer = post(browser, path, sent)
    assert 409 == answer.status
    assert b"has passed to another account" in answer.body
    assert {"staff-found"} == {event.name for event in events(desk) if event.id not in before}
    assert "former@" not in desk.person(browser).html


def test_an_act_reached_by_its_link_is_done(desk):
    """The account that was looked up still has the name, so nothing is in the way."""
    browser = desk.browser()
    desk.person(browser)
    browser.open(next(path for _, path in browser.page.links if path.startswith("/staff/person/disable?")))
    assert "Disabled by staff" in browser.submit("Disable", WHY).text
    browser.open(next(path for _, path in browser.page.links if path.startswith("/staff/person/enable?")))
    assert "Active" in browser.submit("Enable again", WHY).text


def test_off_and_on_again(desk):
    """Disabled, enabled; what fits the standing is offered, and a note says that it was done."""
    browser = desk.browser()
    desk.act(browser, "disable")
    page = browser.submit("Disable", WHY)
    assert "/staff/person?who=1012345&type=contractor" == page.path
    assert "Done. It is in the history" in page.text
    assert "Disabled by staff" in page.text
    assert "Done. It is" not in desk.person(browser).text
    assert "Disable" not in [label.partition(" 1012345")[0] for label, _ in page.links]
    desk.act(browser, "enable")
    assert "Active" in browser.submit("Enable again", WHY).text


def test_unlock(desk):
    """Offered once strangers have closed the password."""
    for number in range(110):
        desk.world.tick(hours=1)
        desk.world.accounts.sign_in("contractor", "1012345", f"wrong guess {number}")
    browser = desk.browser()
    page = desk.person(browser)
    assert "unknown devices" in page.text
    desk.act(browser, "open")
    page = browser.submit("Unlock for unknown devices", WHY)
    assert "Done." in page.text
    assert "Closed for unknown devices" not in page.text


def test_closed_and_reopened(desk):
    """With a new name where that is needed; the history has actor and reason."""
    browser = desk.browser()
    desk.act(browser, "release", license_id=LICENSE)
    assert "/staff/claims" == browser.submit("Take the license away", WHY).path
    assert "Closed" in desk.person(browser).text
    desk.act(browser, "reopen")
    page = browser.submit("Reopen the account", WHY)
    assert 422 == page.status
    assert "without a name" in page.text
    history = browser.open("/staff/history?who=1012345&type=contractor").text
    assert "License removed by staff" in history
    assert "staff: desk-1" in history
    assert "asked on the telephone" in history


@pytest.mark.attack("SQ-07")
def test_an_answer_is_compared_and_never_shown(desk):
    """Match or no match; what was typed comes back in no page."""
    browser = desk.browser()
    desk.act(browser, "check-answer")
    page = browser.submit("Check the security answer", {"said": "the marching band"})
    assert 422 == page.status
    assert "the marching band" not in page.html
    page = browser.submit("Check the security answer", {"said": "the marching band", **WHY})
    assert "matches the answer on file" in page.text
    desk.act(browser, "check-answer")
    page = browser.submit("Check the security answer", {"said": "a brass quartet", **WHY})
    assert "does not match the answer" in page.text
    assert "quartet" not in page.html + page.path


def test_corrections(desk):
    """An e-mail address, a license, a link."""
    browser = desk.browser()
    desk.act(browser, "change-email")
    page = browser.submit("Correct the e-mail address", {"email": "no address", **WHY})
    assert "E-mail address: Enter one e-mail address" in page.text
    page = browser.submit("Correct the e-mail address", {"email": "new@contractor.example.org"})
    assert "new@contractor.example.org (not confirmed)" in page.text
    desk.act(browser, "correct-license", license_id=LICENSE)
    page = browser.submit("Correct the license", {"business_name": "River Works", "off_roster": True, **WHY})
    assert "River Works" in page.text
    assert "not on the roster" in page.text
    desk.act(browser, "send-link")
    assert "The link is on its way" in browser.submit("Mail a set-up link", WHY).text


def test_claims_are_decided(desk):
    """Listed by state, approved, transferred, rejected; the list comes back with a note."""
    desk.world.accounts.register("contractor", contractor_form("1012346"))
    browser = desk.browser()
    page = browser.open("/staff/claims")
    assert "California CSLB 1012346" in page.text
    approve = next(path for label, path in page.links if label.startswith("Approve"))
    assert "Approve" in browser.open(approve).text
    page = browser.submit("Approve", WHY)
    assert "/staff/claims" == page.path
    assert "Done." in page.text
    assert "No license is in this state." in page.text
    assert "California CSLB 1012346" in browser.open("/staff/claims?state=verified").text
    assert browser.open("/staff/claims?state=nonsense").text.startswith("Skip")
    page = desk.person(browser, "1012346")
    transfer = next(path for label, path in page.links if label.startswith("Transfer"))
    browser.open(transfer)
    page = browser.submit("Transfer the license", {"to": "1012345", "account_type": "contractor", **WHY})
    assert "1012345, Contractor" in page.text
    assert "California CSLB 1012346" in page.text


def test_a_name_that_is_held_shows_its_holder(desk):
    """So that staff can choose: the same person, or another."""
    desk.world.accounts.register("contractor", contractor_form("1012346"))
    browser = desk.browser()
    page = desk.act(browser, "temporary-password", name="1012346")
    page = browser.submit("Issue a temporary password", {"checked_how": "called back", **WHY})
    assert "(1012346, Contractor, office1012346@contractor.example.org)" in page.text


def test_lists_go_on_page_by_page(desk):
    """Fifty rows a page, newest first, back and forth; a page past the end is empty."""
    for _ in range(60):
        desk.world.tick(seconds=1)
        desk.world.desk().find("ann", "public")
    browser = desk.browser()
    page = browser.open("/staff/history?who=ann&type=public")
    assert 50 == page.html.count('<tr role="row"><td')
    page = browser.click("Older")
    assert "/staff/history?who=ann&type=public&page=2" == page.path
    assert 50 > page.html.count('<tr role="row"><td') > 10
    assert 50 == browser.click("Newer").html.count('<tr role="row"><td')
    assert (
        "Nothing is in the history here." in browser.open("/staff/history?who=ann&type=public&page=999").text
    )
    assert 200 == browser.open("/staff/history?who=ann&type=public&page=-1").status


def test_lists_go_on_past_a_thousand_rows():
    """The desk answers a thousand at the most, so that the list goes on after the last of them."""
    rows = list(range(1_030))

    def ask(limit, after):
        begin = 0 if after is None else after + 1
        page = rows[begin : begin + limit]
        return page, page[-1] if len(page) == limit else None

    assert (rows[950:1_000], True) == paged(ask, 20)
    assert (rows[1_000:], False) == paged(ask, 21)
    assert ([], False) == paged(ask, 22)
    assert ((), False) == paged(ask, 41)


def test_a_permission_that_ends_between_two_pages():
    """What the desk refuses is what is told."""
    refusal = Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": "find"}),))
    assert refusal is paged(lambda limit, after: refusal, 1)
    assert refusal is paged(lambda limit, after: refusal, 21)


def test_the_inbox_tells_of_a_refused_registration(desk):
    """Somebody typed a roster number; the contact that was given is there."""
    desk.world.add_to_roster("1012347")
    desk.world.accounts.register("contractor", contractor_form("1012347"))
    page = desk.browser().open("/staff/inbox")
    assert "Registration not accepted" in page.text
    assert "California CSLB 1012347" in page.text


def test_a_store_out_of_reach_loses_nothing_that_was_typed(desk, caplog):
    """The form comes back with its words, and with when to try again; the log has it."""
    browser = desk.browser()
    desk.act(browser, "disable")
    store = desk.world.services.store

    class Full:
        def select(self, *args, **more):
            return store.select(*args, **more)

        def commit(self, *changes):
            raise Unavailable("no space left")

    object.__setattr__(desk.world.services, "store", Full())
    page = browser.submit("Disable", WHY)
    assert 503 == page.status
    assert "asked on the telephone" in page.html
    assert ["a request could not be answered now: Unavailable"] == caplog.messages


@pytest.mark.attack("STO-06")
def test_what_may_have_been_done_is_looked_up_first(desk):
    """The form comes back with its words, and says to look the person up, not when to send it again."""
    browser = desk.browser()
    desk.act(browser, "disable")
    store = desk.world.services.store

    class Lost:
        def select(self, *args, **more):
            return store.select(*args, **more)

        def commit(self, *changes):
            store.commit(*changes)
            if any(isinstance(change, Replace) for change in changes):
                raise OutcomeUnknown("lost while it committed")

    object.__setattr__(desk.world.services, "store", Lost())
    page = browser.submit("Disable", WHY)
    assert (503, "") == (page.status, page.response.header("Retry-After"))
    assert "this may have been done. Look the person up" in page.text
    assert "asked on the telephone" in page.html
    assert "disabled" in desk.person(browser).text.lower()


def test_every_obstacle_and_remark_has_words():
    """In each language, what it is and what staff can do."""
    words = {*Obstacle, *Remark, "nothing"}
    for language in LANGUAGES:
        for begin in ("web.console.why.", "web.console.then."):
            known = {key.removeprefix(begin) for key in texts(language) if key.startswith(begin)}
            assert words == known
    assert {*LinkState} == {key.rpartition(".")[2] for key in texts("en") if "web.console.claims-in." in key}


@pytest.mark.parametrize(
    ("language", "word"), [("en", "imported"), ("es", "importó"), ("ru", "импортирована")]
)
def test_an_account_without_a_password_may_have_come_without(language, word):
    """In each language: staff are not told that an address was changed where none was."""
    assert word in texts(language)["web.console.why.no-password"]


@pytest.mark.attack("WEB-14")
def test_what_is_typed_is_never_markup(desk):
    """A name from the address, a reason from a form."""
    browser = desk.browser()
    page = browser.open("/staff/person/disable?who=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.html
    page = browser.submit("Disable", {"reason": "<b>x"})
    assert "<b>x" not in page.html


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/staff/inbox", "Nothing waits for staff."),
        ("/staff/claims?state=rejected", "No license is in this state."),
        ("/staff/outbox", "All e-mail has gone out, or is still being tried."),
        ("/staff/history?who=ann&page=9", "Nothing is in the history here."),
    ],
)
def test_an_empty_list_says_what_that_means(desk, path, words):
    """Not only that there is nothing."""
    assert words in desk.browser().open(path).text
