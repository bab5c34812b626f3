"""The endpoints of acts: who may use cookies, what is refused by name, and what an answer never holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from permit_accounts import Field, OutcomeUnknown, SignedIn, Unavailable
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import PASSWORD, World, city_policy, contractor_form, links_in, public_form
from permit_accounts.web.act_table import acts_of
from permit_accounts.web.acts import Act
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response
from permit_accounts.web.site import Site
from web.json_client import BEARER, COOKIES, TRANSPORTS, Program

ACTS = list(acts_of(city_policy()).values())
JSON = ("content-type", "application/json")
FOREIGN = "https://elsewhere.example"


def named(act: Act) -> str:
    return act.name


def member(world: World, transport: str = BEARER, site: Site | None = None) -> Program:
    """The program of somebody who has just registered."""
    program = Program(world, transport, site=site)
    program.do("register-public", **public_form())
    return program


def post(browser: Browser, act: str, *headers: tuple[str, str], body: bytes = b"{}") -> Response:
    return browser.exchange("POST", f"/api/{act}", headers=(JSON, *headers), body=body)


def code(response: Response) -> str:
    """The code of a failure."""
    found: dict[str, str] = json.loads(response.body)
    return found["code"]


def csrf(browser: Browser) -> str:
    token: str = json.loads(browser.exchange("GET", "/api/csrf").body)["csrf_token"]
    return token


# ------------------------------------------------------------------------------------- whose request it is


@pytest.fixture(scope="module")
def victim() -> Program:
    """Somebody signed in with cookies, whom no forged request may change."""
    return member(World(), COOKIES)


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("act", ACTS, ids=named)
def test_a_cookie_alone_opens_nothing(act: Act, victim: Program) -> None:
    """No form token, an empty one, or one where it does not belong."""
    token = csrf(victim.browser)
    body = json.dumps({"csrf_token": token, "_method": "POST"}).encode("ascii")
    refused = [
        post(victim.browser, act.name),
        post(victim.browser, act.name, ("x-csrf-token", "")),
        post(victim.browser, f"{act.name}?csrf_token={token}&X-CSRF-Token={token}"),
        post(victim.browser, act.name, body=body),
        post(victim.browser, act.name, ("x-xsrf-token", token)),
    ]
    assert [(403, "forged")] * 5 == [(each.status, code(each)) for each in refused]
    assert victim.get("session")["signed_in"]


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("act", ACTS, ids=named)
def test_a_token_of_something_else_opens_nothing(act: Act, victim: Program) -> None:
    """Cut short, longer, not in ASCII, or no token at all; the unchanged one is taken."""
    token = csrf(victim.browser)
    wrong = [
        token[:-1],
        token + "A",
        token.swapcase(),
        "é" * 80,
        "\x00",
        "null",
        "a.b",
        "." * 200,
        token * 50,
    ]
    refused = [post(victim.browser, act.name, ("x-csrf-token", each)) for each in wrong]
    assert [(403, "forged")] * len(wrong) == [(each.status, code(each)) for each in refused]
    if act.takes:
        unread = post(victim.browser, act.name, ("x-csrf-token", token), body=b"[]")
        assert (400, "broken") == (unread.status, code(unread))


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("act", ACTS, ids=named)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_an_act_is_done_by_post_alone(act: Act, method: str, victim: Program) -> None:
    """Whatever a header says of the method that was meant."""
    token = csrf(victim.browser)
    headers = (JSON, ("x-csrf-token", token), ("x-http-method-override", "POST"))
    response = victim.browser.exchange(method, f"/api/{act.name}?_method=POST", headers=headers, body=b"{}")
    assert (405, "POST") == (response.status, response.header("allow"))
    assert method == "HEAD" or "wrong-method" == code(response)


@pytest.mark.attack("WEB-01")
def test_a_token_belongs_to_one_session() -> None:
    """Not another person's, not the one of before the sign-in, not after signing out, not after a day."""
    world = World()
    site = Site(world.accounts)
    ann = Program(world, COOKIES, site=site)
    before = csrf(ann.browser)
    assert 200 == ann.do("register-public", **public_form()).status
    bob = Program(world, COOKIES, site=site)
    bob.do("register-public", **public_form("bob"))
    token = csrf(ann.browser)

    def status(program: Program, shown: str, act: str = "end-other-sessions") -> int:
        return post(program.browser, act, ("x-csrf-token", shown)).status

    assert [403, 403, 403] == [status(ann, before), status(ann, csrf(bob.browser)), status(bob, token)]
    cookies = dict(ann.browser.cookies)
    assert 200 == status(ann, token)  # and the session has another token from now on
    assert 403 == status(ann, token)
    fresh = csrf(ann.browser)
    ann.do("sign-out")
    assert 403 == status(ann, fresh, "sign-in")
    ann.browser.cookies = cookies
    assert 401 == status(ann, token)  # the token still fits the cookie, whose session is gone

    late = csrf(bob.browser)
    world.tick(days=1, seconds=1)
    assert 403 == status(bob, late)


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    "header",
    [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", FOREIGN)],
    ids=lambda header: "-".join(header),
)
def test_a_page_of_another_site_does_nothing(transport: str, header: tuple[str, str]) -> None:
    """Even with the right token; what the browser says of the page is believed first."""
    program = member(World(), transport)
    shown = [header]
    if transport == COOKIES:
        shown.append(("x-csrf-token", csrf(program.browser)))
    else:
        shown.append(("authorization", f"Bearer {program.session_token}"))
    for name, body in (("sign-out", b""), ("sign-in", b"{}")):
        response = post(program.browser, name, *shown, body=body)
        assert (403, "forged") == (response.status, code(response))
    assert program.get("session")["signed_in"]


@pytest.mark.attack("WEB-01")
def test_one_form_token_serves_a_visitor_until_the_sign_in() -> None:
    """Signing in by cookie needs it as well, so that nobody is signed in to a stranger's account."""
    world = World()
    program = Program(world, COOKIES)
    visitor = program.browser
    token = csrf(visitor)
    assert "__Host-form" in visitor.cookies
    assert token != csrf(visitor)
    answer = post(
        visitor, "register-public", ("x-csrf-token", token), body=json.dumps(public_form()).encode()
    )
    assert (200, {"__Host-sid", "__Host-device"}) == (answer.status, set(visitor.cookies))
    stranger = Browser(program.site, world.policy.base_url)
    assert 403 == post(stranger, "sign-in", ("x-csrf-token", token)).status


def test_a_bearer_leaves_cookies_aside() -> None:
    """Whoever shows a token in a header is who the token says, whatever cookies come along."""
    world = World()
    site = Site(world.accounts)
    ann = member(world, BEARER, site)
    bob = Program(world, COOKIES, site=site)
    bob.do("register-public", **public_form("bob"))

    response = post(
        bob.browser,
        "export-account",
        ("authorization", f"bearer {ann.session_token}"),
        ("x-csrf-token", "of no one"),
    )
    assert "ann" == json.loads(response.body)["export"]["account"]["username"]


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer é", f"Bearer {'x' * 9000}"])
def test_no_token_is_nobody(shown: str) -> None:
    """Nothing that is no token opens a session, and the answer names the way to show one."""
    program = member(World())
    response = post(program.browser, "export-account", ("authorization", shown))
    assert (401, 'Bearer realm="permit portal"') == (response.status, response.header("www-authenticate"))


def test_a_wrong_form_of_nobody_is_nobody() -> None:
    """Whoever is not signed in learns that first, not what the form lacks."""
    assert 401 == Program(World(), BEARER).do("change-password", password=1, extra=True).status


@pytest.mark.attack("WEB-01")
def test_a_cookie_of_a_device_counts_with_its_form_token_alone() -> None:
    """A browser sends it whoever asked; without the token it spares nobody a wait."""
    world = World()
    owner = member(world, COOKIES)
    owner.do("sign-out")
    given = {"account_type": "public", "username": "ann", "password": PASSWORD}
    stranger = Program(world, BEARER)
    for _ in range(world.policy.throttle_free):
        stranger.do("sign-in", **{**given, "password": "a guess at the password"})
    assert "__Host-device" in owner.browser.cookies
    bare = post(owner.browser, "sign-in", body=json.dumps(given).encode("ascii"))
    assert (429, "signed-in") == (bare.status, owner.do("sign-in", **given)["outcome"])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_device_is_known_by_its_token(transport: str) -> None:
    """A program that shows the device token is spared the waits that strangers cause."""
    world = World()
    owner = member(world, transport)
    owner.do("sign-out")
    stranger = Program(world, transport)
    given = {"account_type": "public", "username": "ann"}
    for _ in range(world.policy.throttle_free + 1):
        answer = stranger.do("sign-in", **given, password="a guess at the password")
    assert (429, "wait") == (answer.status, answer["problems"][0]["code"])
    assert answer.response.header("retry-after") == answer["problems"][0]["params"]["seconds"]
    assert 429 == stranger.do("sign-in", **given, password=PASSWORD).status
    assert "signed-in" == owner.do("sign-in", **given, password=PASSWORD)["outcome"]


# -------------------------------------------------------------------------------- what is refused by name

#: What is no text, as JSON has it.
NO_TEXTS = [0, 1, -1, 1.5, 12345678, 10**400, True, False, [], ["a"], {}, {"$ne": None}, [["a", "b"]]]


@pytest.fixture(scope="module")
def programmer() -> Program:
    return member(World())


def confused(act: Act) -> Iterator[tuple[Field, bytes]]:
    """Bodies in which one field is no text."""
    for field in act.takes:
        for value in NO_TEXTS:
            if field.name == "remember" and isinstance(value, bool):
                continue
            yield field, json.dumps({field.name: value}).encode("ascii")
        yield field, b'{"%s":1e999}' % field.name.encode("ascii")


@pytest.mark.attack("API-04", "TOK-15", "PWD-06")
@pytest.mark.parametrize("act", [act for act in ACTS if act.takes], ids=named)
def test_what_is_no_text_is_refused_by_name(act: Act, programmer: Program) -> None:
    """Never its digits, never its first entry, and a falsy value is not nothing."""
    shown = ("authorization", f"Bearer {programmer.session_token}")
    for field, body in confused(act):
        response = post(programmer.browser, act.name, shown, body=body)
        problems = [(each["field"], each["code"]) for each in json.loads(response.body)["problems"]]
        expected = "choice" if field.name == "remember" else "not-text"
        assert (422, True) == (response.status, (field.name, expected) in problems), body


@pytest.mark.attack("API-04")
@pytest.mark.parametrize("act", [act for act in ACTS if act.takes], ids=named)
@pytest.mark.parametrize("given", ["missing", "null", "empty", "blank"])
def test_what_is_missing_is_named(act: Act, given: str, programmer: Program) -> None:
    """Each required field that is not there, or has nothing in it."""
    value = {"null": None, "empty": "", "blank": " "}.get(given)
    body = {} if given == "missing" else {field.name: value for field in act.takes if field.name != "token"}
    kept_as_typed = {
        field.name for field in act.takes if field.kind in ("password", "answer") or field.choices
    }
    required = {field.name for field in act.takes if field.required}
    answer = programmer.do(act.name, **body)
    missed = {name for name, each in answer.codes if each == "required"}
    assert required - (kept_as_typed if given == "blank" else set()) <= missed


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act.takes and act.takes[0].name == "token"], ids=named
)
def test_an_empty_token_is_a_link_that_is_over(act: Act, programmer: Program) -> None:
    """As any other text that is no token; a page whose cookie is gone says so too."""
    needed = {field.name: PASSWORD for field in act.takes if field.required}
    assert [410, 410] == [programmer.do(act.name, **{**needed, "token": each}).status for each in ("", "a.b")]


@pytest.mark.attack("API-04")
@pytest.mark.parametrize("value", ["yes", "", None, True, False])
def test_remember_is_true_or_false(value: object) -> None:
    """Or the word of the page's box; any other word is none of the answers."""
    program = member(World())
    given = {"account_type": "public", "username": "ann", "password": PASSWORD}
    answer = program.do("sign-in", **given, remember=value)
    assert (value in ("yes", True)) == answer["session"]["remembered"]
    assert [("remember", "choice")] == program.do("sign-in", **given, remember="no").codes


@pytest.mark.attack("API-04")
@pytest.mark.parametrize(
    ("act", "fields", "expected"),
    [
        ("request-password-reset", {"identifier": "a" * 255}, ("identifier", "too-long")),
        (
            "request-password-reset",
            {"identifier": "ann", "account_type": "staff"},
            ("account_type", "choice"),
        ),
        ("request-password-reset", {"identifier": "ann\ud800"}, ("identifier", "characters")),
        ("remind-usernames", {"email": "ann"}, ("email", "email")),
        ("remind-usernames", {"email": "ann@localhost"}, ("email", "email")),
        ("remind-usernames", {"email": "ann@a@b.org"}, ("email", "email")),
        ("open-reset", {"token": "a" * 165}, ("token", "too-long")),
        ("open-setup", {"token": "\udfff"}, ("token", "characters")),
        (
            "change-password",
            {"current_password": "\ud800", "password": "x"},
            ("current_password", "characters"),
        ),
        ("end-session", {"session_id": "x" * 101}, ("session_id", "too-long")),
    ],
)
def test_a_text_that_cannot_be_is_refused(
    act: str, fields: dict[str, object], expected: tuple[str, str], programmer: Program
) -> None:
    """Longer than the field, none of the words, half a character, or no address."""
    assert [expected] == programmer.do(act, **fields).codes


def test_white_space_around_a_text_is_no_part_of_it() -> None:
    """What is pasted may be longer by that than the field."""
    program = member(World())
    assert 202 == program.do("request-password-reset", identifier=" " * 300 + "ann").status


MASS = [
    "id",
    "role",
    "is_staff",
    "is_admin",
    "kind",
    "account_type",
    "verified",
    "email_verified",
    "standing",
]
MASS += [
    "email_confirmed_at",
    "password_hash",
    "must_change",
    "locked_until",
    "created_at",
    "version",
    "epoch",
]
MASS += [
    "license",
    "generation",
    "profile",
    "firstName",
    "profile.city",
    "user[role]",
    "__class__",
    "__proto__",
]


@pytest.mark.attack("API-01")
@pytest.mark.parametrize("name", MASS)
def test_a_planted_field_is_refused(name: str) -> None:
    """Nothing is made of such a form; a name is shown with what is harmless in it."""
    world = World()
    program = Program(world, BEARER)
    for act, form in (("register-public", public_form()), ("register-contractor", contractor_form())):
        answer = program.do(act, **form, **{name: {"is_admin": True}})
        assert (422, [(name.replace("[", "?").replace("]", "?"), "unknown-field")]) == (
            answer.status,
            answer.codes,
        )
        assert 200 == program.do(act, **form).status


@pytest.mark.attack("API-02", "RED-03")
@pytest.mark.parametrize("act", ACTS, ids=named)
def test_no_operator_or_address_is_taken(act: Act, programmer: Program) -> None:
    """Names that ask a store for something, or a browser to go somewhere; twenty of them are named."""
    names = ["_connector", "id__gt", "password__startswith", "or_", "limit", "order_by", "$where", "next"]
    answer = programmer.do(act.name, **dict.fromkeys(names, "1"), **{f"f{n}": "1" for n in range(40)})
    unknown = [name for name, each in answer.codes if each == "unknown-field"]
    assert 422 == answer.status
    assert [name.replace("$", "?") for name in names] == unknown[: len(names)]
    assert 20 == len(unknown)
    for value in ({"a": 1}, ["//evil.example"], 1, None):
        assert ("next", "unknown-field") in programmer.do(act.name, next=value).codes


@pytest.mark.attack("WEB-14")
def test_a_body_that_cannot_be_read(programmer: Program) -> None:
    """Each reason has a status, a code and words."""
    browser = programmer.browser
    found = [
        browser.exchange("POST", "/api/sign-in", headers=(("content-type", "text/plain"),), body=b"{}"),
        post(browser, "sign-in", body=b"{"),
        post(browser, "sign-in", body=b'{"username":"a","username":"b"}'),
    ]
    assert [(415, "wrong-type"), (400, "broken"), (400, "twice")] == [
        (each.status, code(each)) for each in found
    ]


# -------------------------------------------------------------------------------- what no answer ever holds


@pytest.mark.attack("WEB-04")
@pytest.mark.parametrize("path", ["session", "sessions", "licenses", "activity", "csrf", "account-types"])
def test_a_page_of_another_site_reads_nothing(path: str) -> None:
    """It is refused by what its browser says of it, and no header lets it read an answer."""
    program = member(World(), COOKIES)
    for header in (("origin", FOREIGN), ("sec-fetch-site", "cross-site")):
        response = program.browser.exchange("GET", f"/api/{path}", headers=(header,))
        assert (403, "forged") == (response.status, code(response))
    response = program.browser.exchange("GET", f"/api/{path}")
    names = {name.lower() for name, _ in response.headers}
    assert (200, set()) == (response.status, {name for name in names if name.startswith("access-control-")})
    assert "same-origin" == response.header("cross-origin-resource-policy")
    assert "no-store" == response.header("cache-control")


@pytest.mark.attack("WEB-04")
def test_what_is_read_holds_no_secret() -> None:
    """No token, no password, no answer, and no hash of one."""
    world = World()
    program = member(world, COOKIES)
    account = world.accounts.session(program.browser.cookies["__Host-sid"]).account  # type: ignore[union-attr]
    secrets = {
        PASSWORD,
        "the marching band",
        account.password_hash,
        account.answer_hash,
        *program.browser.cookies.values(),
    }
    names = ("session", "sessions", "licenses", "activity", "account-types", "csrf")
    read = "".join(program.browser.exchange("GET", f"/api/{name}").body.decode("ascii") for name in names)
    read += program.do("export-account").response.body.decode("ascii")
    assert set() == {secret for secret in secrets if secret is None or secret in read}


class Broken(MemoryStore):
    """A store that fails with a message full of secrets, when it is told to."""

    fault: Exception | None = None

    def select(self, *args: Any, **kwargs: Any) -> Any:
        if self.fault is not None:
            raise self.fault
        return super().select(*args, **kwargs)


@pytest.mark.attack("LOG-08")
@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        (Unavailable("SELECT * FROM account at 10.0.0.1:5432 as portal"), 503, "unavailable"),
        (OutcomeUnknown("SELECT * FROM account at 10.0.0.1:5432 as portal"), 503, "outcome-unknown"),
        (RuntimeError("/srv/portal/secret.py: SELECT password_hash"), 500, "fault"),
    ],
)
def test_a_fault_is_told_in_general(
    fault: Exception, status: int, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the answer nor the log has the message, which may hold what was typed or where it is kept."""
    store = Broken()
    world = World(store=store)
    program = member(world)
    store.fault = fault
    given = {"account_type": "public", "username": "ann", "password": PASSWORD}
    answers = [program.do("sign-in", **given), program.do("export-account"), program.get("sessions")]
    for answer in answers:
        assert (status, word) == (answer.status, answer["code"])
        assert {"outcome", "code", "message"} == set(answer.json)
        assert (word == "unavailable") == (answer.response.header("retry-after") == "5")
    text = "".join(answer.response.body.decode("ascii") for answer in answers) + caplog.text
    assert set() == {part for part in ("SELECT", "10.0.0.1", "secret.py", PASSWORD) if part in text}


@pytest.mark.attack("LOG-08")
@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/api/sign-in/", "/api/<script>alert(1)</script>"])
def test_no_such_path(path: str) -> None:
    """A program gets JSON, in which nothing of the path stands."""
    response = member(World()).browser.exchange("GET", path)
    assert (404, "not-found", "application/json") == (
        response.status,
        code(response),
        response.header("content-type"),
    )
    assert b"script" not in response.body


# ----------------------------------------------------------------------------------- tokens in their place


def test_a_confirmed_change_of_address_gives_the_new_session() -> None:
    """The old token is dead, so the answer holds the one that took its place, or sets its cookie."""
    for transport in TRANSPORTS:
        world = World()
        program = member(world, transport)
        program.do("confirm-email", token=links_in(world.mails_to("ann@mail.example.org")[-1])[-1])
        program.do("change-email", email="ann2@mail.example.org")
        before = program.session_token or program.browser.cookies["__Host-sid"]
        program.do("confirm-email", token=links_in(world.mails_to("ann2@mail.example.org")[-1])[-1])
        assert world.accounts.session(before) is None
        assert program.get("session")["signed_in"]


def test_a_link_that_takes_the_account_over_names_its_own_field() -> None:
    """What is wrong with `new_password` is told of `new_password`."""
    world = World()
    member(world)
    token = links_in(world.mails_to("ann@mail.example.org")[-1])[-1]
    visitor = Program(world, BEARER)
    assert [("new_password", "password-short")] == visitor.do(
        "confirm-email", token=token, new_password="short"
    ).codes
    assert [("new_password", "required")] == visitor.do("confirm-email", token=token, new_password="").codes
    done = visitor.do("confirm-email", token=token, new_password="eleven copper kettles whistle")
    assert ("email-confirmed", False) == (done["outcome"], "session" in done.json)


@pytest.mark.attack("WEB-01")
def test_a_form_token_is_asked_for_anew_after_each_new_session() -> None:
    """The one from before is dead, and says so; so a page may also ask again after such an answer."""
    program = member(World(), COOKIES)
    before = program.get("csrf")["csrf_token"]
    program.do("reauthenticate", password=PASSWORD)
    headers = (("content-type", "application/json"), ("x-csrf-token", before))
    response = program.browser.exchange("POST", "/api/sign-out", headers=headers, body=b"{}")
    assert (403, "forged") == (response.status, code(response))
    assert "signed-out" == program.do("sign-out")["outcome"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_words_are_in_the_language_of_the_account(transport: str) -> None:
    """Until somebody is signed in, in that of the request."""
    world = World()
    member(world)
    program = Program(world, transport, language="es")
    before = program.get("account-types")["language"]
    program.do("sign-in", account_type="public", username="ann", password=PASSWORD)
    assert ("es", "en") == (before, program.get("account-types")["language"])


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_signing_out_and_closing_drop_the_cookie(transport: str) -> None:
    """The browser forgets the session with the answer."""
    for act, given in (("sign-out", {}), ("close-account", {"password": PASSWORD})):
        program = member(World(), transport)
        dropped = [value for name, value in program.do(act, **given).response.headers if name == "Set-Cookie"]
        assert (5 if transport == COOKIES else 0) == len(dropped)
        assert all("; Max-Age=0" in value for value in dropped)
        assert "__Host-sid" not in program.browser.cookies


def test_acts_that_hash_are_slow() -> None:
    """An event loop gives them to the threads that compute hashes."""
    world = World()
    site = Site(world.accounts)
    assert isinstance(world.accounts.register("public", public_form()), SignedIn)
    paths = {act.name: f"/api/{act.name}" for act in ACTS}
    slow = {name for name, path in paths.items() if site.is_slow(Request(method="POST", path=path))}
    assert {act.name for act in ACTS if act.hashes} == slow
