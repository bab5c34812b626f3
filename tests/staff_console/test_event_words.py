"""What the log keeps as codes is shown in words, in every language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import attrs
import pytest

import permit_accounts
from permit_accounts import (
    AuditEvent,
    Code,
    EventName,
    Permission,
    Reason,
    RosterReport,
    Undeliverable,
    UsersReport,
)
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import ActorKind, LinkState
from permit_accounts.staff_console import event_words
from permit_accounts.staff_console.at_desk import AtDesk
from permit_accounts.testing.catalog_contract import TEMPLATES
from permit_accounts.testing.world import contractor_form, public_form
from permit_accounts.texts.catalog import LANGUAGES, texts
from permit_accounts.web import Request
from staff_console.desk_at_hand import Desk

ROOT = Path(permit_accounts.__file__).parent
WRITERS = ("event", "staff_event", "system_event")
REPORTS = (*attrs.fields(RosterReport), *attrs.fields(UsersReport))
COUNTS = {field.name for field in REPORTS if field.type in ("int", int)}
LABELS = ("web.console.param", "web.console.field", "web.console.count", "field")


def written():
    """The name of every further fact that some module has written into an event."""
    found = set()
    for file in [*ROOT.glob("flows/**/*.py"), *ROOT.glob("tools/**/*.py"), *ROOT.glob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for function in functions.values():
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "note_the_import":
                    found |= facts_of_an_import(call, function)
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                    continue
                audited = isinstance(call.func.value, ast.Name) and call.func.value.id == "audit"
                for keyword in call.keywords if audited and call.func.attr in WRITERS else ():
                    if keyword.arg == "params":
                        names = keys(keyword.value, function, functions)
                        assert names, (file.name, ast.unparse(keyword.value))
                        found |= names
    return found


def facts_of_an_import(call, function):
    """What is noted of a file beside the counts of its rows."""
    of_file = [keyword for keyword in call.keywords if keyword.arg not in ("actor", "reason")]
    named = {keyword.arg for keyword in of_file if keyword.arg is not None}
    return named.union(*(keys(keyword.value, function, {}) for keyword in of_file if keyword.arg is None))


def keys(node, scope, functions):
    """The keys of a mapping, wherever in the module it is put together."""
    match node:
        case ast.Dict():
            return {key.value for key in node.keys if isinstance(key, ast.Constant)}
        case ast.Name(id="counts"):
            return COUNTS
        case ast.Tuple():
            return {each.value for each in node.elts if isinstance(each, ast.Constant)}
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            inner = functions[name]
            parts = [each.value for each in ast.walk(inner) if isinstance(each, ast.Assign | ast.Return)]
            return set().union(*(keys(part, inner, {}) for part in parts))
        case ast.Name(id=name):
            parts = [
                each.value
                for each in ast.walk(scope)
                if (isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == name)
                or (isinstance(each, ast.AugAssign) and ast.unparse(each.target) == name)
            ]
            return set().union(*(keys(part, scope, functions) for part in parts))
        case ast.DictComp():
            return set().union(*(keys(each.iter, scope, functions) for each in node.generators))
        case ast.BinOp() | ast.IfExp() | ast.Call() | ast.Attribute():
            return set().union(*(keys(each, scope, functions) for each in ast.iter_child_nodes(node)))
    return set()


def has_words(language, name):
    return any(f"{begin}.{name}" in texts(language) for begin in LABELS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_that_is_written_has_a_name(language):
    """Those that are for programs alone need none."""
    names = written()
    assert {"checked_how", "found", "code", "permission", "refused", "phone", "template"} <= names
    assert {"file_hash", "encoding", "left_out", "shared_mailboxes"} <= names
    unsaid = event_words._FOR_PROGRAMS | event_words._SIDES
    assert set() == {name for name in names - unsaid if not has_words(language, name)}
    assert unsaid <= names


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("begin", "words"),
    [
        ("web.console.cause", Reason),
        ("web.console.permission", Permission),
        ("event", EventName),
        ("code", Code),
        ("web.console.claims-in", LinkState),
    ],
)
def test_every_code_has_words(language, begin, words):
    """Each reason, permission, event, refusal and state of a claim."""
    known = {key.removesuffix(".other") for key in texts(language)}
    assert set() == {word for word in words if f"{begin}.{word}" not in known}
    if begin.startswith("web.console."):
        assert {*words} == {key.removeprefix(f"{begin}.") for key in known if key.startswith(f"{begin}.")}


@pytest.mark.parametrize("code", [code for code in Code if code.startswith("staff-")])
def test_a_refusal_of_the_desk_is_complete_without_its_values(code):
    """The history has the code alone, so its sentence may ask for nothing else."""
    asking, event = at_desk(), told(EventName.STAFF_REFUSED, code=code)
    (line,) = event_words.facts(asking, event)
    assert code == Code.STAFF_NOT_ALLOWED or "{" not in line


def at_desk(language="en"):
    """A request, for its words."""
    desk = Desk()
    request = Request(method="GET", path="/staff", headers=(("accept-language", language),))
    staff = desk.console._who(Request(method="GET", path="/staff", headers=(("x-host-user", "desk-1"),)))
    return AtDesk(desk.console._setting, request, staff)


def told(name, *, account_id="a" * 32, cause=None, **params):
    """An event with these facts."""
    now = Desk().world.services.now()
    return AuditEvent(
        id="e" * 32,
        at=now,
        name=name,
        account_id=account_id,
        actor=ActorKind.SYSTEM,
        cause=cause,
        params=params,
    )


def test_a_transfer_says_on_which_side_this_account_is():
    """Not by the ids of two accounts."""
    gone = {"from": "a" * 32, "to": "b" * 32}
    asking = at_desk()
    assert ["another account received the license"] == list(
        event_words.facts(asking, told(EventName.STAFF_TRANSFERRED, **gone))
    )
    received = told(EventName.STAFF_TRANSFERRED, account_id="b" * 32, **gone)
    assert ["this account received the license"] == list(event_words.facts(asking, received))


def test_what_has_no_words_is_shown_as_it_is_written():
    """A fact of a newer version, a fault of somebody else's library."""
    asking = at_desk()
    event = told(
        EventName.EMAIL_FAILED, email="c" * 32, template="of-the-city", error="OSError", shade="green"
    )
    assert ["E-mail: of-the-city", "What went wrong: OSError", "shade: green"] == list(
        event_words.facts(asking, event)
    )
    assert "E-mail could not be delivered" == event_words.happened(asking, event)


def test_where_somebody_came_from():
    """The address of the device, after the license."""
    event = attrs.evolve(told(EventName.LICENSE_ADDED), ip="192.0.2.1", license_id="us-ca-cslb:1012345")
    assert ["California CSLB 1012345", "desde 192.0.2.1"] == list(event_words.facts(at_desk("es"), event))


def test_an_address_of_a_person_is_no_id():
    """Only of an e-mail in the outbox `email` is the record's id."""
    event = told(EventName.REGISTRATION_REFUSED, email="ann@mail.example.org", cause=Reason.ON_ROSTER)
    asking = at_desk("es")
    assert ["Correo electrónico: ann@mail.example.org"] == list(event_words.facts(asking, event))
    assert "(la licencia está en la lista y todavía no es de nadie)" in event_words.happened(asking, event)


class Refusing(MemoryBackend):
    """A mail server that takes nothing."""

    def send(self, message):
        raise Undeliverable("no such mailbox")


def busy_desk():
    """A city where a great deal has happened."""
    desk = Desk(email=Refusing())
    world = desk.world
    accounts, clerk = world.accounts, world.desk()
    world.add_to_roster("1012347")
    for number in ("1012345", "1012346", "1012347"):
        accounts.register("contractor", contractor_form(number))
    accounts.register("public", public_form("ann"))
    accounts.register("public", public_form("ann"))
    accounts.sign_in("contractor", "1012345", "not the password")
    accounts.request_password_reset("ann", "public")
    clerk.issue_temporary_password("1012345", reason="lost", checked_how="called back", by_post=True)
    clerk.disable("ann", "public", reason="asked to")
    clerk.approve("1012346", "1012346", "contractor", reason="seen the license")
    clerk.check_answer("ann", "no", "public", reason="called")
    clerk.issue_temporary_password("1012347", reason="lost", checked_how="called back", by_post=True)
    desk.only(name="desk-3").open("/staff/history?who=ann")
    accounts.outbox.deliver()
    return desk


PAGES = (
    *("/staff/inbox", "/staff/claims", "/staff/claims?state=verified", "/staff/outbox"),
    *(f"/staff/{page}?who=1012345&type=contractor" for page in ("person", "history")),
    *(f"/staff/{page}?who=ann&type=public" for page in ("person", "history")),
    *(f"/staff/{page}?who=us-ca-cslb:1012347" for page in ("person", "history", "person/disable")),
    "/staff/person/transfer?who=1012345&license=us-ca-cslb:1012345",
)
#: Words of the library that nobody says: with a hyphen or an underscore in them.
CODES = {*Reason, *Code, *EventName, *Permission, *TEMPLATES, *COUNTS, "checked_how", "by_post"}
RAW = re.compile(
    rf"\b(?:{'|'.join(sorted(map(re.escape, {code for code in CODES if re.search('[_-]', code)})))})\b"
    r"|us-ca-|\b[0-9a-f]{32}\b"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shows_a_code(language):
    """Not in a history, a list or the outbox, whatever happened."""
    desk = busy_desk()
    browser, stranger = desk.browser(language=language), desk.only(name="desk-4")
    stranger.language = language
    pages = [browser.open(path) for path in PAGES]
    assert [200] * len(PAGES) == [page.status for page in pages]
    refused = [stranger.open(path) for path in ("/staff/inbox", "/staff/claims", "/staff/outbox")]
    for page in (*pages, *refused):
        assert [] == RAW.findall(page.text), page.path
    assert "California CSLB 1012346" in pages[2].text
