"""Each way through the pages from first click to last, in a city with `Policy.strict` and in every language.

Nobody opens an address but that of a mail: each page is reached by what the page before it offers.
"""

from __future__ import annotations

import re

import pytest

from permit_accounts import CONTRACTOR, PUBLIC, Permission, QuestionUse, Refused, StaffMember
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import (
    PASSWORD,
    contractor_form,
    links_in,
    public_form,
    setup_form,
    strict_policy,
)
from permit_accounts.texts import TomlCatalog
from web.pages_at_hand import City

ANN = "ann@mail.example.org"
OFFICE = "office@contractor.example.org"
NEW = "eleven green bicycles hum"
ANSWER = "the marching band"
#: The pages of each language have words of no other; brands and examples aside.
FOREIGN = {"es": re.compile(r"\b(?:the|your|password|account)\b", re.I), "ru": re.compile(r"[A-Za-z]{4,}")}
LATIN = re.compile(
    r"English|Español|Sampleton|name@example\.com|CSLB|[\w.]+@[\w.]+|https?://\S+|Browser|Sample\w*|Builders|Street"
)


@pytest.fixture(name="language", params=["en", "es", "ru"])
def a_language(request):
    return request.param


class Person:
    """Somebody who reads the page and presses what it offers, by its words in their language."""

    def __init__(self, city, language, **who):
        self.city = city
        self.language = language
        self.browser = city.browser(language=language, **who)
        self.browser.open("/")

    @property
    def page(self):
        return self.browser.page

    def words(self, key, **params):
        policy = self.city.world.policy
        known = {"city": policy.city, "phone": policy.support_phone, **params}
        return TomlCatalog().text(key, self.language, known)

    def follows(self, key, **params):
        self.browser.click(self.words(key, **params))

    def presses(self, key, **entered):
        """The button with these words, in a form filled in by name as far as it asks."""
        button = self.words(key)
        form = next(form for form in self.page.forms if any(c.label == button for c in form.controls))
        asked = {control.name for control in form.controls}
        if "password" in entered:
            entered.setdefault("password_again", entered["password"])
        self.browser.submit(button, {name: value for name, value in entered.items() if name in asked})

    def opens_the_mail_to(self, address, path):
        mails = [mail.text for mail in self.city.world.mails_to(address)]
        found = [link for text in mails for link in re.findall(rf"{path}\?token=\S+", text)]
        self.browser.open(found[-1])

    def is_at(self, path, *keys, status=200, **params):
        """On this page, whose text has these words and none of another language."""
        assert (path, status) == (self.page.path.partition("?")[0], self.page.status), self.page.text
        assert f'<html lang="{self.language}">' in self.page.html
        for key in keys:
            assert self.words(key, **params) in self.page.text
        if self.language in FOREIGN:
            own = LATIN.sub("", self.page.text)
            assert [] == FOREIGN[self.language].findall(own)

    def logs_in(self, kind, username, password):
        """By the drop-down of the log-in page."""
        self.browser.click(self.words("web.layout.sign-in"))
        self.presses("web.layout.sign-in", account_type=kind, username=username, password=password)

    def logs_out(self):
        self.presses("web.layout.sign-out")
        self.is_at("/", "web.note.signed-out")

    def asks_for_a_new_password(self, identifier):
        self.follows("web.layout.forgot-password")
        self.presses("web.forgot-password.submit", identifier=identifier)
        self.is_at("/forgot-password/sent", "web.reset-link-sent.text")


def registered(city, language, **more):
    """Ann, who registered and confirmed her mailbox, and has logged out again."""
    person = Person(city, language)
    city.world.accounts.register(PUBLIC, form_of(city, public_form(**more)), language=language)
    token = links_in(city.world.mails_to(ANN)[-1])[0]
    city.world.accounts.confirm_email(token, password=PASSWORD)
    return person


def form_of(city, form):
    asks = city.world.policy.question_required
    return {name: text for name, text in form.items() if asks or name not in ("question", "answer")}


def test_an_account_from_set_up_to_the_dashboard(language):
    """Setup an Account, the mailbox, the password that proves the person, and only then the dashboard."""
    city = City(strict_policy())
    ann = Person(city, language)
    ann.follows("web.layout.set-up-account")
    ann.follows("web.set-up-account.as", type=ann.words("account-type.public"))
    ann.is_at("/set-up-account/public", "web.register.group.sign-in-alone")
    assert ann.words("field.question") not in ann.page.text

    ann.presses("web.register-public.submit", **public_form(email="nobody"))
    ann.is_at("/set-up-account/public", "web.layout.problems", "code.email", status=422)
    ann.presses("web.register-public.submit", email=ANN, password=PASSWORD)
    ann.is_at("/account-created", "web.account-created.confirm-first")
    ann.follows("web.account-created.continue")
    ann.presses("web.layout.sign-in", account_type="public", username="ann", password=PASSWORD)
    ann.is_at("/sign-in", "code.confirm-first", status=422)

    ann.follows("web.layout.resend-confirmation")
    ann.presses("web.resend-confirmation.submit", identifier="ann")
    ann.is_at("/resend-confirmation/sent", "web.confirmation-sent.text")
    ann.opens_the_mail_to(ANN, "/confirm-email")
    ann.presses("web.confirm-email.submit")
    ann.is_at("/confirm-email", "web.confirm-password.title", status=403)
    ann.presses("web.confirm-password.submit", password="not this one")
    ann.is_at("/confirm-email", "web.wrong-password.text", status=422)
    ann.presses("web.confirm-password.submit", password=PASSWORD)
    ann.is_at("/sign-in", "web.note.email-confirmed")
    ann.presses("web.layout.sign-in", account_type="public", username="ann", password=PASSWORD)
    ann.is_at("/dashboard", "web.dashboard.title")
    ann.logs_out()


@pytest.mark.parametrize("use", [QuestionUse.OFF, QuestionUse.EXTRA_STEP])
def test_a_forgotten_password(language, use):
    """The mail, the new password, beside it the answer where the city asks one; a used link says so."""
    city = City(strict_policy(security_question=use))
    ann = registered(city, language)
    ann.asks_for_a_new_password("ann")
    ann.opens_the_mail_to(ANN, "/reset-password")
    asked = use is QuestionUse.EXTRA_STEP
    assert asked == (ann.words("question.first-concert") in ann.page.text)
    if asked:
        ann.presses("web.reset-password.submit", password=NEW, answer="somebody else")
        ann.is_at("/reset-password", "code.answer-wrong", status=422)
    ann.presses("web.reset-password.submit", password="short", answer=ANSWER)
    ann.is_at("/reset-password", "code.password-short", status=422, min="15")
    ann.presses("web.reset-password.submit", password=NEW, answer=ANSWER)
    ann.is_at("/sign-in", "web.note.password-reset")
    ann.presses("web.layout.sign-in", username="ann", password=PASSWORD)
    ann.is_at("/sign-in", "code.wrong-credentials", status=422)
    ann.presses("web.layout.sign-in", username="ann", password=NEW)
    ann.is_at("/dashboard", "web.dashboard.title")

    ann.opens_the_mail_to(ANN, "/reset-password")
    ann.is_at("/reset-password", "web.dead-end.title", status=410)
    ann.logs_out()


@pytest.mark.attack("ENUM-11")
def test_tries_used_up_at_the_door_are_no_end(language):
    """429, how long to wait, the same for nobody; the owner goes round by Forgot Password at once."""
    city = City(strict_policy())
    ann = registered(city, language)
    texts = set()
    for name, peer in (("ann", "203.0.113.9"), ("nobody", "198.51.100.9")):
        stranger = Person(city, language, peer=peer)
        for _ in range(city.world.policy.throttle_free + 1):
            stranger.logs_in("public", name, "wrong")
        stranger.is_at("/sign-in", "code.wait", status=429, minutes="1")
        assert "30" == stranger.page.response.header("Retry-After")
        texts.add(stranger.page.text)
    assert 1 == len(texts)

    ann.asks_for_a_new_password("ann")
    ann.opens_the_mail_to(ANN, "/reset-password")
    ann.presses("web.reset-password.submit", password=NEW)
    ann.presses("web.layout.sign-in", username="ann", password=NEW)
    ann.is_at("/dashboard", "web.dashboard.title")


def test_answers_used_up(language):
    """429 behind the link; the words name no way that leads back here. After the wait the answer is taken."""
    city = City(strict_policy(security_question=QuestionUse.EXTRA_STEP))
    ann = registered(city, language)
    ann.asks_for_a_new_password("ann")
    ann.opens_the_mail_to(ANN, "/reset-password")
    for _ in range(city.world.policy.answer_tries_per_day):
        ann.presses("web.reset-password.submit", password=NEW, answer="somebody else")
        ann.is_at("/reset-password", "code.answer-wrong", status=422)
    ann.presses("web.reset-password.submit", password=NEW, answer=ANSWER)
    ann.is_at("/reset-password", "web.wait.text", status=429, minutes="1")
    assert ann.words("code.wait", minutes="1") not in ann.page.text

    city.world.tick(days=1)
    ann.browser.open("/")
    ann.asks_for_a_new_password("ann")
    ann.opens_the_mail_to(ANN, "/reset-password")
    ann.presses("web.reset-password.submit", password=NEW, answer=ANSWER)
    ann.is_at("/sign-in", "web.note.password-reset")


def test_mails_used_up_are_told_to_nobody(language):
    """The page says what it always says; no more mail comes within the hour."""
    city = City(strict_policy())
    ann = registered(city, language)
    texts = set()
    for _ in range(city.world.policy.reset_mails_hour.count + 2):
        ann.asks_for_a_new_password("ann")
        texts.add(ann.page.text)
        city.world.deliver()
    assert 1 == len(texts)
    resets = [mail for mail in city.world.mails_to(ANN) if "/reset-password?" in mail.text]
    assert city.world.policy.reset_mails_hour.count == len(resets)


def test_set_ups_used_up_keep_what_was_typed(language):
    """So many accounts from one place: 429, how long to wait, and the form as it was."""
    city = City(strict_policy())
    for n in range(city.world.policy.registrations_source.count + 1):
        person = Person(city, language)
        person.follows("web.layout.set-up-account")
        person.follows("web.set-up-account.as", type=person.words("account-type.public"))
        person.presses("web.register-public.submit", **public_form(f"person{n}"))
    person.is_at("/set-up-account/public", "code.limit", status=429, minutes="60")
    assert f'value="person{n}"' in person.page.html
    assert PASSWORD not in person.page.html
    city.world.tick(hours=1, seconds=1)
    person.presses("web.register-public.submit", password=PASSWORD)
    person.is_at("/account-created", "web.account-created.confirm-first")


def test_a_contractor_whom_the_city_cannot_mail(language):
    """Staff read a password out, which opens set-up once; afterwards the number and one's own password."""
    city = City(strict_policy())
    city.world.add_to_roster("1012345", email=None)
    sam = Person(city, language)
    issued = city.world.desk().issue_temporary_password(
        "1012345", CONTRACTOR, reason="called", checked_how="by name"
    )
    sam.presses("web.layout.sign-in", account_type="contractor", username="1012345", password=issued.password)
    sam.is_at("/setup", "web.setup.title", "web.field.new-password")
    entered = {**setup_form(tuple(contractor_form())), "email": OFFICE}
    sam.presses("web.setup.submit", **{**entered, "password": issued.password})
    sam.is_at("/setup", "code.password-temporary", status=422)
    sam.presses("web.setup.submit", **entered)
    sam.is_at("/dashboard", "web.note.setup-finished", "web.link-state.verified")
    sam.opens_the_mail_to(OFFICE, "/confirm-email")
    sam.presses("web.confirm-email.submit")
    sam.is_at("/dashboard", "web.note.email-confirmed")
    sam.logs_out()

    again = Person(city, language)
    again.logs_in("contractor", "1012345", issued.password)
    again.is_at("/sign-in", "code.wrong-credentials", status=422)
    again.logs_in("contractor", "CSLB 1012345", PASSWORD)
    again.is_at("/dashboard", "web.dashboard.title")


def test_a_contractor_whom_the_city_can_mail(language):
    """No password by telephone, which the desk says; Forgot Password by the license mails the way in."""
    city = City(strict_policy())
    city.world.add_to_roster("1012345", email=OFFICE)
    clerk = StaffMember(id="desk-1", may=frozenset(Permission))
    console = StaffConsole(city.world.accounts, who=lambda request: clerk)
    desk = Browser(console, city.world.policy.base_url, language=language)
    desk.open("/staff/person/temporary-password?who=1012345&type=contractor")
    words = TomlCatalog().text("web.console.to.temporary-password", language, {})
    said = {"reason": "called", "checked_how": "by name"}
    page = desk.submit(words, said)
    assert TomlCatalog().text("code.staff-use-link", language, {}) in page.text

    sam = Person(city, language)
    sam.asks_for_a_new_password("1012345")
    sam.opens_the_mail_to(OFFICE, "/setup")
    sam.is_at("/setup", "web.setup.title")
    sam.presses("web.setup.submit", **setup_form(tuple(contractor_form())))
    sam.is_at("/dashboard", "web.note.setup-finished", "web.link-state.verified")


def test_another_address(language):
    """The password once more, the link in the new mailbox; the old mailbox can take it back."""
    city = City(strict_policy())
    ann = registered(city, language)
    ann.logs_in("public", "ann", PASSWORD)
    city.world.tick(minutes=16)
    ann.browser.open("/dashboard")
    ann.follows("web.layout.change-email")
    ann.presses("web.change-email.submit", email="new@mail.example.org")
    ann.is_at("/password-again", "web.password-again.title")
    for _ in range(city.world.policy.throttle_free):
        ann.presses("web.password-again.submit", password="not this one")
        ann.is_at("/password-again", "web.wrong-password.text", status=422)
    ann.presses("web.password-again.submit", password=PASSWORD)
    ann.is_at("/password-again", "web.wait.text", status=429, minutes="1")
    city.world.tick(minutes=2)
    ann.presses("web.password-again.submit", password=PASSWORD)
    ann.is_at("/account/email")
    assert 'value="new@mail.example.org"' in ann.page.html
    ann.presses("web.change-email.submit")
    ann.is_at("/account", "web.note.email-link-sent")
    ann.opens_the_mail_to("new@mail.example.org", "/confirm-email")
    ann.presses("web.confirm-email.submit")
    ann.is_at("/dashboard", "web.note.email-confirmed")
    ann.logs_out()

    ann.opens_the_mail_to(ANN, "/cancel-email-change")
    ann.presses("web.cancel-email-change.submit")
    ann.is_at("/cancel-email-change", "web.box-empty.text", status=422)
    ann.presses("web.cancel-email-change.submit", sure=True)
    ann.is_at("/sign-in", "web.note.email-change-cancelled")


def test_the_end_of_an_account(language):
    """Password and box; then the name opens nothing, and Forgot Password says what it always says."""
    city = City(strict_policy())
    ann = registered(city, language)
    ann.logs_in("public", "ann", PASSWORD)
    ann.follows("web.layout.account")
    ann.follows("web.layout.close-account")
    ann.presses("web.close-account.submit", password=PASSWORD)
    ann.is_at("/account/close", "web.box-empty.text", status=422)
    ann.presses("web.close-account.submit", password="not this one", understood=True)
    ann.is_at("/account/close", "web.wrong-password.text", status=422)
    ann.presses("web.close-account.submit", password=PASSWORD, understood=True)
    ann.is_at("/", "web.note.account-closed")
    ann.logs_in("public", "ann", PASSWORD)
    ann.is_at("/sign-in", "code.wrong-credentials", status=422)
    before = len(city.world.mails_to(ANN))
    ann.asks_for_a_new_password("ann")
    assert before == len(city.world.mails_to(ANN))
    assert isinstance(city.world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)
