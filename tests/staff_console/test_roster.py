"""The roster is uploaded, tried out, imported, and every row's reason told."""

from __future__ import annotations

import threading

import attrs
import pytest

from permit_accounts import AuditEvent, License, Permission, RosterColumns, Unavailable
from permit_accounts.ports import Every
from permit_accounts.rules.account_types import CONTRACTOR, LicenseNumber
from permit_accounts.testing.world import city_policy
from permit_accounts.web import Request
from staff_console.desk_at_hand import Desk, csrf_of, post, upload

HEADER = b"license,business_name\n"
GOOD = HEADER + b"1012345,Sample Builders\n1012346,River Works\n"


@pytest.fixture
def desk():
    """A city with its console."""
    return Desk()


def licenses(desk):
    return desk.world.store.select(License, Every(), limit=1000)


def sent(desk, browser, body, **fields):
    """The page of an import that is over."""
    response = upload(browser, body, **fields)
    assert 303 == response.status, response.body.decode()
    desk.console.finish()
    return browser.open("/staff/roster")


def test_first_a_trial_then_the_import(desk):
    """A trial writes nothing and says what would come of it; who imports and why is in the history."""
    browser = desk.browser()
    page = sent(desk, browser, GOOD, dry_run="yes")
    assert "Trial by desk-1" in page.text
    assert "New licenses2" in page.text
    assert () == tuple(licenses(desk))
    page = sent(desk, browser, GOOD)
    assert "Import by desk-1" in page.text
    assert 2 == len(licenses(desk))
    (event,) = [
        e for e in desk.world.store.select(AuditEvent, Every(), limit=9) if e.name == "roster-imported"
    ]
    assert ("desk-1", "the yearly file") == (event.actor_id, event.reason)
    assert "Unchanged2" in sent(desk, browser, GOOD).text


@pytest.mark.attack("CSV-05", "CSV-14")
def test_each_row_that_is_refused_is_told_with_its_reason(desk):
    """Line, column, words; all of them in a file that a spreadsheet may open, without any secret."""
    rows = b"".join(b"1O%05d,x\n" % number for number in range(210))
    browser = desk.browser()
    page = sent(desk, browser, HEADER + b"1012345,Sample Builders\n1012346\n" + rows, dry_run="yes")
    assert "Refused211" in page.text
    assert "The row has fewer cells than the header." in page.text
    assert "Only the first ones are shown here" in page.text
    assert 200 == page.html.count('<tr role="row"><td')
    response = browser.exchange("GET", "/staff/roster/problems")
    assert 'attachment; filename="problems.csv"' == response.header("Content-Disposition")
    assert 212 == response.body.count(b"\r\n")
    assert "no-store" == response.header("Cache-Control")


@pytest.mark.attack("CSV-05")
def test_a_file_that_is_no_roster_is_refused_as_a_whole(desk):
    """With the line where it was noticed."""
    page = sent(desk, desk.browser(), HEADER + b'1012345,"never closed\n1012346,x\n')
    assert "Line 2: A quotation mark that opens on this line" in page.text
    assert () == tuple(licenses(desk))
    assert "There is no column named" in sent(desk, desk.browser(), b"a,b\n1,2\n").text


@pytest.mark.attack("CSV-11")
@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "CON", "<script>alert(1)</script>", "a\\b.csv"])
def test_the_name_of_a_file_is_nobodys_business(desk, name):
    """It is neither opened nor shown."""
    page = sent(desk, desk.browser(), GOOD, file_name=name)
    assert 2 == len(licenses(desk))
    assert "<script>alert" not in page.html


@pytest.mark.attack("CSV-11")
def test_what_is_in_a_file_is_never_markup(desk):
    """A row's words are escaped in the page."""
    page = sent(desk, desk.browser(), b"license,business_name,<b>c\n<img src=x>,x,y\n", dry_run="yes")
    assert "<img src=x>" not in page.html
    assert "<b>c" not in page.html


@pytest.mark.attack("CSV-11", "WEB-01")
def test_only_who_may_imports(desk):
    """No upload, no result and no file without the permission; no upload from another page."""
    upload(desk.browser(), GOOD)
    desk.console.finish()
    stranger = desk.only(Permission.FIND)
    token = csrf_of(stranger.open("/staff"))
    for response in (
        upload(stranger, GOOD, token=token),
        stranger.exchange("GET", "/staff/roster"),
        stranger.exchange("GET", "/staff/roster/problems"),
    ):
        assert 403 == response.status
        assert b"1012345" not in response.body
    for token in ("", csrf_of(desk.browser("desk-2").open("/staff"))):
        assert 403 == upload(desk.browser(), GOOD, token=token).status


def test_everything_that_is_missing_is_told_at_once(desk):
    """No file, no reason; what was typed stays."""
    response = upload(desk.browser(), b"", reason=" ")
    text = response.body.decode()
    assert 422 == response.status
    assert "Choose the file." in text
    assert "Give a reason for this change" in text
    assert 422 == upload(desk.browser(), None).status
    assert desk.browser().open("/staff/roster/problems").path == "/staff/roster"


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"a=b", 415),
        ("multipart/form-data", b"--b--", 415),
        ("multipart/form-data; boundary=b", b"", 400),
        ("multipart/form-data; boundary=b", b"\r\n" * 1000, 400),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense\r\n\r\nx\r\n--b--", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx", 400),
        ("multipart/form-data; boundary=" + "b" * 5000, b"--b", 400),
    ],
)
def test_a_body_that_is_no_upload(desk, content_type, body, status):
    """It is refused in words, whatever it is."""
    browser = desk.browser()
    browser.open("/staff")
    response = browser.exchange("POST", "/staff/roster", headers=(("content-type", content_type),), body=body)
    assert status == response.status


def part(name, text, more=""):
    head = f'Content-Disposition: form-data; name="{name}"{more}'
    return f"--b\r\n{head}\r\n\r\n".encode() + text + b"\r\n"


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(
    "body",
    [
        part("reason", b"x") * 2,
        part("roster", b"x") * 2,
        part("reason", b"x" * 5_000),
        part("reason", b"\xff"),
        part("other", b"x", '; filename="x"'),
        part("a", b"x") + b"".join(part(f"a{number}", b"x") for number in range(1_000)),
    ],
)
def test_a_form_that_no_page_made(desk, body):
    """Fields twice, too long, not UTF-8, a second file, a thousand parts."""
    browser = desk.browser()
    browser.open("/staff")
    headers = (("content-type", "multipart/form-data; boundary=b"),)
    assert 400 == browser.exchange("POST", "/staff/roster", headers=headers, body=body + b"--b--\r\n").status


def test_a_body_beyond_the_limit(desk):
    """The adapter has not read it."""

    request = Request(
        method="POST",
        path="/staff/roster",
        headers=(("x-host-user", "desk-1"), ("content-type", "multipart/form-data; boundary=b")),
        body_too_large=True,
    )
    assert 413 == desk.console.handle(request).status


class Halting:
    """A store whose first write waits until it is told to go on."""

    def __init__(self, store):
        self._store = store
        self.max_changes = store.max_changes
        self.reached, self.go_on = threading.Event(), threading.Event()

    def select(self, *args, **more):
        return self._store.select(*args, **more)

    def commit(self, *changes):
        if threading.current_thread().name == "permit-accounts-roster":
            self.reached.set()
            assert self.go_on.wait(30)
        self._store.commit(*changes)


@pytest.mark.attack("CSV-07")
def test_one_at_a_time_with_its_progress(desk):
    """The page loads itself again while an import is under way; a second file waits; other pages do not."""
    halting = Halting(desk.world.store)
    object.__setattr__(desk.world.services, "store", halting)
    browser = desk.browser()
    token = csrf_of(browser.open("/staff"))
    assert 303 == upload(browser, GOOD).status
    assert halting.reached.wait(30)
    page = browser.open("/staff/roster")
    assert "2" == page.response.header("Refresh")
    assert "Reading its rows:" in page.text
    assert "<progress" in page.html
    assert 303 == browser.exchange("GET", "/staff/roster/problems").status
    assert 409 == upload(browser, GOOD, token=token).status
    assert "Sampleton" in browser.open("/staff").text
    halting.go_on.set()
    desk.console.finish()
    page = browser.open("/staff/roster")
    assert "" == page.response.header("Refresh")
    assert "New licenses2" in page.text


def test_an_import_that_fails_says_so_and_may_be_told_again(desk, caplog):
    """What is there already is found unchanged."""

    class Full(Halting):
        def commit(self, *changes):
            raise Unavailable("dsn of the store")

    store = desk.world.store
    object.__setattr__(desk.world.services, "store", Full(store))
    browser = desk.browser()
    page = sent(desk, browser, GOOD)
    assert "cut off by a fault" in page.text
    assert "dsn" not in caplog.text
    object.__setattr__(desk.world.services, "store", store)
    assert "New licenses2" in sent(desk, browser, GOOD).text


def test_a_machine_without_a_thread_left_is_not_importing_for_ever(desk, monkeypatch):
    """The import that could not be begun is in nobody's way afterwards."""
    browser = desk.browser()

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert 500 == upload(browser, GOOD).status
    assert "Import by desk-1" in sent(desk, browser, GOOD).text


def test_a_permission_that_is_taken_away_meanwhile(desk):
    """The desk asks once more when the import begins."""
    page = sent(desk, desk.browser(), GOOD, reason="a\u202eb c")
    assert "Give a reason for this change" in page.text
    assert () == tuple(licenses(desk))


def test_a_city_with_its_own_columns_and_several_boards():
    """The columns are the city's; the board is asked for where there are several."""

    kind = attrs.evolve(CONTRACTOR, username=LicenseNumber(authorities=("us-ca-cslb", "us-nv-nscb")))
    policy = city_policy(account_types=(kind,))
    desk = Desk(policy, columns=RosterColumns(license="LIC_NO", business_name="COMPANY"))
    body = b"LIC_NO,COMPANY\n1012345,Sample Builders\n"
    browser = desk.browser()
    response = upload(browser, body)
    assert (422, True) == (response.status, b"Choose one of the answers" in response.body)
    assert "New licenses1" in sent(desk, browser, body, authority="us-ca-cslb").text


def test_finishing_without_an_import(desk):
    """There is nothing to wait for."""
    desk.console.finish()
    assert "Upload a file" in desk.browser().open("/staff/roster").text


NOW = "Import this file now"


def imported(desk):
    """Who imported what, by the history."""
    events = desk.world.store.select(AuditEvent, Every(), limit=100)
    return [(event.actor_id, event.reason) for event in events if event.name == "roster-imported"]


@pytest.mark.attack("CSV-11")
def test_what_was_tried_is_imported_without_sending_it_again(desk):
    """By whoever tried it, for the same reason; once."""
    browser = desk.browser()
    page = sent(desk, browser, GOOD, dry_run="yes")
    assert "The reason stays “the yearly file”." in page.text
    page = browser.submit(NOW)
    desk.console.finish()
    page = browser.open("/staff/roster")
    assert "Import by desk-1" in page.text
    assert "New licenses2" in page.text
    assert NOW not in page.text
    assert (2, [("desk-1", "the yearly file")]) == (len(licenses(desk)), imported(desk))


@pytest.mark.attack("CSV-11")
def test_a_colleague_cannot_import_what_somebody_else_tried(desk):
    """The page tells them to choose the file; the form of whoever tried it does nothing for them."""
    mine = sent(desk, desk.browser(), GOOD, dry_run="yes")
    fingerprint = mine.html.partition('name="fingerprint" value="')[2].partition('"')[0]
    colleague = desk.browser("desk-2")
    page = colleague.open("/staff/roster")
    assert NOW not in page.text
    assert "choose it again below" in page.text
    form = [("csrf_token", csrf_of(page)), ("fingerprint", fingerprint)]
    response = post(colleague, "/staff/roster/import", form)
    assert (409, True) == (response.status, b"is not kept any more" in response.body)
    stranger = desk.only(Permission.FIND)
    token = csrf_of(stranger.open("/staff"))
    assert 403 == post(stranger, "/staff/roster/import", [("csrf_token", token)]).status
    assert () == tuple(licenses(desk))


@pytest.mark.attack("CSV-11")
def test_only_what_was_looked_at_is_imported(desk):
    """A page of an earlier trial imports nothing of a later one; nor does an address."""
    browser, later = desk.browser(), desk.browser()
    sent(desk, browser, GOOD, dry_run="yes")
    sent(desk, later, HEADER + b"1012349,Other Works\n", dry_run="yes")
    browser.open("/staff/roster/import")
    assert "/staff/roster" == browser.page.path
    token = csrf_of(browser.page)
    for fingerprint in ("", "0" * 64):
        form = [("csrf_token", token), ("fingerprint", fingerprint)]
        assert 409 == post(browser, "/staff/roster/import", form).status
    assert 403 == post(browser, "/staff/roster/import", [("csrf_token", "")]).status
    assert () == tuple(licenses(desk))


def test_what_was_tried_is_kept_for_half_an_hour(desk):
    """Then it is forgotten, and the page says why it is asked for again."""
    browser = desk.browser()
    sent(desk, browser, GOOD, dry_run="yes")
    desk.world.tick(minutes=29)
    assert NOW in browser.open("/staff/roster").text
    desk.world.tick(minutes=2)
    page = browser.submit(NOW)
    assert 409 == page.status
    assert "The file: The file that was tried is not kept any more" in page.text
    assert NOW not in browser.open("/staff/roster").text
    assert desk.console._runs.latest.file is None


def test_a_file_that_is_no_roster_is_not_kept(desk):
    """There is nothing to go on with; nor is what was imported kept."""
    for body, fields in ((b"a,b\n1,2\n", {"dry_run": "yes"}), (GOOD, {})):
        page = sent(desk, desk.browser(), body, **fields)
        assert NOW not in page.text
        assert desk.console._runs.latest.file is None


def test_an_import_is_not_begun_twice(desk):
    """Another press of the button while it is under way is told so."""
    browser = desk.browser()
    page = sent(desk, browser, GOOD, dry_run="yes")
    form = [(each.name, each.value) for each in page.forms[-2].controls if each.name]
    halting = Halting(desk.world.store)
    object.__setattr__(desk.world.services, "store", halting)
    assert 303 == post(browser, "/staff/roster/import", form).status
    assert halting.reached.wait(30)
    assert 409 == post(browser, "/staff/roster/import", form).status
    halting.go_on.set()
    desk.console.finish()
    assert 2 == len(licenses(desk))
    assert 1 == len(imported(desk))
