"""A temporary password is shown once, and to those who may issue it."""

from __future__ import annotations

import logging
import threading

import attrs
import pytest

from permit_accounts import CONTRACTOR, AuditEvent, Permission, Secret, SetupRequired
from permit_accounts.ports import Every
from permit_accounts.rules.temporary import ALPHABET, spelled
from permit_accounts.staff_console.spent_forms import SpentForms
from permit_accounts.testing.world import city_policy, public_form
from permit_accounts.texts.catalog import LANGUAGES, texts
from staff_console.desk_at_hand import EVERYTHING, Desk, contractor_at_home, csrf_of, password_of, post

ISSUE = "Issue a temporary password"
SAID = {"reason": "first sign-in", "checked_how": "called back the number on the register"}
PATH = "/staff/person/temporary-password?who=1012345&type=contractor"


@pytest.fixture
def desk():
    """A city with one contractor on its roster."""
    desk = Desk()
    desk.world.add_to_roster()
    return desk


def opens_setup(desk, password):
    outcome = desk.world.accounts.sign_in("contractor", "1012345", password)
    return isinstance(outcome, SetupRequired)


@pytest.mark.attack("TMP-09")
def test_from_a_call_to_a_slip(desk, caplog):
    """Find, issue, read out: the password is on this one page, grouped, spelled, and nowhere else."""
    browser = desk.browser()
    browser.open("/staff")
    page = browser.submit("Find", {"text": "CSLB 1012345"})
    assert "The license is on the roster" in page.text
    issue = next(path for label, path in page.links if label == ISSUE)
    with caplog.at_level(logging.DEBUG):
        browser.open(issue)
        page = browser.submit(ISSUE, SAID)
    assert 200 == page.status
    password = password_of(page)
    assert opens_setup(desk, password)
    assert [4, 4, 4, 4] == [len(group) for group in password.split("-")]
    assert 16 == page.html.count(" as in ") + page.html.count(", the digit ")
    assert "Sample Builders" in page.text
    assert "Good until Mar 5, 2026, 1:00 AM PST." in page.text
    for sentence in ("choose “Contractor” in", "elija «Contratista»", "выберите «Подрядчик»"):
        assert sentence in page.text
    assert 'class="slip"' in page.html
    assert f"<dd>{desk.world.policy.base_url}</dd>" in page.html
    assert "no-store" == page.response.header("Cache-Control")
    assert password not in caplog.text + page.path + repr(page.response) + str(browser.cookies)
    assert "" == page.response.header("Set-Cookie")
    for path in ("/staff/person", "/staff/history"):
        assert password not in browser.open(f"{path}?who=1012345&type=contractor").html
    rows = "".join(str(event.params) for event in desk.world.store.select(AuditEvent, Every(), limit=100))
    assert password not in rows
    assert all(password not in mail.text for mail in desk.world.deliver())


@pytest.mark.attack("TMP-11")
def test_loading_the_page_again_issues_no_second(desk):
    """The one that was read out stays good, and is not shown again."""
    browser = desk.browser()
    browser.open(PATH)
    form = [(control.name, control.value) for control in browser.page.forms[-1].controls if control.name]
    sent = [*((name, value) for name, value in form if name not in SAID and name != "by_post"), *SAID.items()]
    first = post(browser, PATH, sent)
    again = post(browser, PATH, sent)
    assert (200, 409) == (first.status, again.status)
    assert b"secret" not in again.body
    password = first.body.decode().partition('class="secret">')[2].partition("<")[0]
    assert opens_setup(desk, password)


@pytest.mark.attack("TMP-11")
def test_a_form_from_before_a_colleague_issued_one(desk):
    """The account has changed since it was opened, so it is looked up again first; in any process."""
    browser, colleague = desk.browser(), desk.browser("desk-2")
    browser.open(PATH)
    colleague.open(PATH)
    shown = password_of(colleague.submit(ISSUE, SAID))
    page = browser.submit(ISSUE, SAID)
    assert 409 == page.status
    assert "A temporary password has been issued since this form was opened" in page.text
    assert opens_setup(desk, shown)


@pytest.mark.attack("TMP-11")
def test_a_double_click_issues_one(desk):
    """Two at once with one form: one is shown, the other is told so."""
    browser = desk.browser()
    token = csrf_of(browser.open(PATH))
    sent = [("csrf_token", token), *SAID.items()]
    answers = []
    gate = threading.Barrier(2)

    def press():
        gate.wait()
        answers.append(post(browser, PATH, sent))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [200, 409] == sorted(answer.status for answer in answers)
    (shown,) = [answer.body.decode() for answer in answers if answer.status == 200]
    assert opens_setup(desk, shown.partition('class="secret">')[2].partition("<")[0])


def test_a_refused_form_may_be_sent_again(desk):
    """Everything that is missing is told at once, and what was typed stays."""
    browser = desk.browser()
    browser.open(PATH)
    page = browser.submit(ISSUE, {"checked_how": "ab", "no_email_reason": "x"})
    assert 422 == page.status
    assert "How the caller was checked: Give a reason" in page.text
    assert "Reason: Fill in this field." in page.text
    assert "Why the person has no e-mail address: Give a reason" in page.text
    assert 'value="ab"' in page.html
    assert 200 == browser.submit(ISSUE, {**SAID, "no_email_reason": ""}).status


def test_an_unknown_number_needs_a_business(desk):
    """The desk's own refusal stands at its field."""
    browser = desk.browser()
    browser.open("/staff/person/temporary-password?who=1012346")
    page = browser.submit(ISSUE, SAID)
    assert (422, True) == (page.status, "Business name: Fill in this field." in page.text)
    page = browser.submit(ISSUE, {"business_name": "River Works"})
    assert (200, True) == (page.status, "River Works" in page.text)


@pytest.mark.attack("TMP-08")
def test_who_may_not_is_refused_by_the_desk_itself(desk):
    """It is offered nowhere, its page is refused, and so is its form, which the history tells."""
    browser = desk.only(*(EVERYTHING - {Permission.TEMPORARY_PASSWORD}))
    assert not [path for _, path in desk.person(browser).links if "temporary-password" in path]
    page = browser.open(PATH)
    assert (403, True) == (page.status, "not permitted" in page.text)
    token = csrf_of(browser.open("/staff"))
    sent = [("csrf_token", token), ("may", "temporary-password"), *SAID.items()]
    assert 403 == post(browser, PATH, sent).status
    names = {event.name for event in desk.world.store.select(AuditEvent, Every(), limit=100)}
    assert "staff-refused" in names
    assert "staff-issued-temporary" not in names


@pytest.mark.attack("TMP-08", "TMP-10")
def test_an_account_with_a_confirmed_mailbox_needs_a_second_reason(desk):
    """Else a link is the way; and whatever was open ends with it."""
    signed_in = contractor_at_home(desk.world)
    browser = desk.browser()
    browser.open(PATH)
    page = browser.submit(ISSUE, SAID)
    assert 422 == page.status
    assert "Send a link, or give a second reason" in page.text
    page = browser.submit(ISSUE, {"second_reason": "the mailbox is lost"})
    assert 200 == page.status
    assert desk.world.accounts.session(signed_in.session_token) is None
    assert desk.world.mails_to("office@contractor.example.org")


def test_whoever_may_issue_and_not_look(desk):
    """The form works without the search, which it may not do."""
    browser = desk.only(Permission.TEMPORARY_PASSWORD)
    browser.open(PATH)
    assert 200 == browser.submit(ISSUE, SAID).status


def test_a_type_without_words():
    """A city's own type is called by its name, on the slip as in the words for the telephone."""
    kind = attrs.evolve(CONTRACTOR, id="tree_surgeon", label="account-type.tree_surgeon")
    desk = Desk(city_policy(account_types=(kind,)))
    desk.world.add_to_roster()
    browser = desk.browser()
    browser.open("/staff/person/temporary-password?who=1012345")
    page = browser.submit(ISSUE, SAID)
    assert "<dd>Tree surgeon</dd>" in page.html
    assert "choose “Tree surgeon” in" in page.text


def issued_in(desk, language, **chosen):
    """The slip that a clerk whose pages are English gets for a caller, and the rest of the page."""
    browser = desk.browser()
    browser.open(PATH)
    page = browser.submit(ISSUE, {**SAID, **chosen})
    slip, _, rest = page.html.partition('<section class="slip"')[2].partition("</section>")
    assert f'lang="{language}"' in slip.partition(">")[0]
    return slip, rest


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Good until", "Username", "Address of the portal", "choose “Contractor”")),
        ("es", ("Válida hasta", "Nombre de usuario", "Dirección del portal", "elija «Contratista»")),
        ("ru", ("Действует до", "Имя пользователя", "Адрес портала", "выберите «Подрядчик»")),
    ],
)
def test_the_slip_is_in_the_callers_language(desk, language, words):
    """Whatever the clerk's is; and its words are the first to be read out."""
    slip, rest = issued_in(desk, language, slip_language=language)
    assert [word for word in words if word not in slip] == []
    assert f'<ol lang="{language}">' in rest.partition("<details>")[0]
    assert "As on the account" in desk.browser().open(PATH).text


def test_without_a_choice_the_slip_is_in_the_accounts_language(desk):
    """Somebody who registered in Russian is written to in Russian, and read to."""
    desk.world.accounts.register("public", public_form("ann"), language="ru")
    browser = desk.browser()
    browser.open("/staff/person/temporary-password?who=ann&type=public")
    page = browser.submit(ISSUE, {**SAID, "slip_language": ""})
    assert '<section class="slip" lang="ru"' in page.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_symbol_has_its_words(language):
    """In English those of the core; in each language no two are alike."""
    words = {symbol: texts(language)[f"web.console.spelled.{symbol}"] for symbol in ALPHABET}
    assert len(ALPHABET) == len(set(words.values()))
    assert all(word[0].lower() == symbol for symbol, word in words.items())
    if language == "en":
        assert spelled(Secret(ALPHABET)) == tuple(words.values())


def test_forms_that_are_forgotten():
    """So many are remembered and no more, the oldest first to go."""
    spent = SpentForms(most=2)
    assert [True, True, True, False] == [spent.take(token) for token in ("a", "b", "c", "c")]
    assert spent.take("a")
    spent.give_back("a")
    assert spent.take("a")
