"""From a record of the outbox to an e-mail: what people read, and what nobody may smuggle in."""

from __future__ import annotations

import base64
import html.parser
import re
import threading
import unicodedata
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.email_backends.mime import mime
from permit_accounts.model.codes import Purpose, Standing
from permit_accounts.model.records import Account, OneTimeToken, OutboxEmail
from permit_accounts.model.secret import Secret
from permit_accounts.rules.policy import Links, Policy
from permit_accounts.testing.catalog_contract import TEMPLATES
from permit_accounts.texts import TomlCatalog
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.rendering import LINKED, TOLD_ANYHOW, rendered

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEYRING = Keyring.new()
POLICY = Policy(
    city="West Hollywood",
    support_phone="(323) 848-6475",
    base_url="https://permits.example.gov/portal/",
    mail_from="Permit Center <no-reply@permits.example.gov>",
)
NOTICES = sorted({*TEMPLATES} - LINKED - {"username-reminder", "staff-notice"})
PURPOSES = {
    "confirm-email": Purpose.CONFIRM_EMAIL,
    "email-in-use": Purpose.CONFIRM_EMAIL,
    "setup-link": Purpose.SETUP_LINK,
    "reset-link": Purpose.RESET_PASSWORD,
    "change-email-confirm": Purpose.CHANGE_EMAIL,
    "email-changed": Purpose.CANCEL_EMAIL_CHANGE,
    "email-change-cancelled": Purpose.RESET_PASSWORD,
}
PATHS = {
    "confirm-email": "/confirm-email",
    "email-in-use": "/confirm-email",
    "setup-link": "/setup",
    "reset-link": "/reset-password",
    "change-email-confirm": "/confirm-email",
    "email-changed": "/cancel-email-change",
    "email-change-cancelled": "/reset-password",
}


def outbox_email(template, **changes):
    params = changes.pop("params", {})
    return OutboxEmail(
        id=changes.pop("id", "0006a1b2c3d4e5f60718293a4b5c6d7e8f90"),
        recipient=changes.pop("recipient", "ann@example.org"),
        template=template,
        params={"username": "ann", "account_type": "public"} | params,
        due_at=NOW,
        created_at=NOW,
        **changes,
    )


def token_of(purpose, username="ann", account_type="public", n=0):
    account = Account(
        id=f"account-{username}",
        account_type=account_type,
        standing=Standing.ACTIVE,
        username=username,
        created_at=NOW,
    )
    token = OneTimeToken(
        id=("Tk-_" + "x" * 38 + str(n))[:43],
        purpose=purpose,
        account_id=account.id,
        epoch=1,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return token, account


def render(email, *tokens, policy=POLICY, catalog=None):
    return rendered(
        email, tokens=tokens, policy=policy, catalog=catalog or TomlCatalog(), keyring=KEYRING, now=NOW
    )


def links_in(text):
    return [line for line in text.splitlines() if "token=" in line]


class Anchors(html.parser.HTMLParser):
    """What an HTML reader finds: its links, tags and words."""

    def __init__(self, page):
        super().__init__()
        self.links = []
        self.tags = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data):
        self.words += data


@pytest.mark.parametrize("template", NOTICES)
@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_notices(template, language):
    """A notice says whose account it is and whom to call, and holds no link at all."""
    email = outbox_email(template, language=language, params={"license": "us-ca-cslb:1012345"})

    message = render(email)

    assert "West Hollywood" in message.subject
    assert " ann\n" in message.text
    assert "(323) 848-6475" in message.text
    assert "http" not in message.text
    assert [] == Anchors(message.html).links
    assert not re.search(r"[{}\x00]", message.subject + message.text)
    assert language == message.language


@pytest.mark.parametrize("template", sorted(LINKED))
@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_links(template, language):
    """A link is sealed for its token's purpose and stands alone on its line, in both readings."""
    token, account = token_of(PURPOSES[template])

    message = render(outbox_email(template, language=language), (token, account))

    (link,) = links_in(message.text)
    prefix, _, sealed = link.partition("?token=")
    assert f"https://permits.example.gov/portal{PATHS[template]}" == prefix
    assert token.id == KEYRING.open(Secret(sealed), token.purpose)
    assert [link] == Anchors(message.html).links
    assert "ann" in message.text
    assert not re.search(r"[{}\x00]", message.subject + message.text)


def test_whole_email():
    """What one e-mail looks like."""
    token, account = token_of(Purpose.SETUP_LINK, "1012345", "contractor")
    email = outbox_email("setup-link", params={"username": "1012345", "account_type": "contractor"})

    message = render(email, (token, account))

    (link,) = links_in(message.text)
    assert "West Hollywood permit portal: finish setting up your account" == message.subject
    assert "ann@example.org" == message.recipient
    assert "Permit Center <no-reply@permits.example.gov>" == message.sender
    assert "<0006a1b2c3d4e5f60718293a4b5c6d7e8f90@permits.example.gov>" == message.message_id
    assert NOW == message.date
    assert (
        "Hello,\n\n"
        "Your account on the permit portal of West Hollywood is ready to be set up.\n\n"
        "Account: 1012345\n"
        "Account type: Contractor\n\n"
        "Open this page to choose your password and complete your details:\n\n"
        f"{link}\n\n"
        "The link can be used once, within 1 hour. If it has expired, choose Forgot Password on the "
        "portal and a new one comes.\n\n"
        "If you did not ask for this, do nothing, and call (323) 848-6475 if it happens again.\n\n"
        "This message was sent automatically by the permit portal of West Hollywood. Please do not reply "
        "to it. The city never asks for your password, by e-mail or by telephone.\n"
    ) == message.text
    assert "<p>Account: 1012345<br>\nAccount type: Contractor</p>" in message.html
    assert message.html.startswith('<!DOCTYPE html>\n<html lang="en">')


@pytest.mark.parametrize(
    ("left", "en", "es", "ru"),
    [
        (timedelta(seconds=1), "1 minute", "1 minuto", "1 минуты"),
        (timedelta(minutes=1, seconds=1), "2 minutes", "2 minutos", "2 минут"),
        (timedelta(minutes=21), "21 minutes", "21 minutos", "21 минуты"),
        (timedelta(minutes=59, seconds=58), "1 hour", "1 hora", "1 часа"),
        (timedelta(minutes=90), "90 minutes", "90 minutos", "90 минут"),
        (timedelta(hours=2), "2 hours", "2 horas", "2 часов"),
        (timedelta(hours=20, minutes=59), "20 hours", "20 horas", "20 часов"),
        (timedelta(hours=21), "21 hours", "21 horas", "21 часа"),
        (timedelta(hours=23, minutes=59, seconds=59), "24 hours", "24 horas", "24 часов"),
        (-timedelta(seconds=1), "1 minute", "1 minuto", "1 минуты"),
    ],
)
def test_how_long_a_link_is_good(left, en, es, ru):
    """What is left as the e-mail leaves, in the form that the number asks for in each language."""
    token, account = token_of(Purpose.SETUP_LINK)
    good = (attrs.evolve(token, expires_at=NOW + left), account)
    for language, words in (
        ("en", f"within {en}."),
        ("es", f"en el plazo de {es}."),
        ("ru", f"в течение {ru}."),
    ):
        assert words in render(outbox_email("setup-link", language=language), good).text


def test_links_that_end_at_different_times():
    """Of several links the first to end is told; a confirmation tells of its own link and of the others."""
    token, account = token_of(Purpose.CONFIRM_EMAIL, n=1)
    day = (attrs.evolve(token, expires_at=NOW + timedelta(days=1)), account)
    hour = token_of(Purpose.RESET_PASSWORD, "squatter", n=2)

    assert "within 1 hour. Until" in render(outbox_email("reset-link"), day, hour).text
    text = render(outbox_email("confirm-email"), day, hour).text
    assert "The link can be used once, within 24 hours." in text
    assert "set a new password for it here, within 1 hour:" in text


def test_html_says_the_same_and_loads_nothing():
    """Both readings have the same words; no picture, script or style comes from anywhere."""
    message = render(outbox_email("reset-link"), token_of(Purpose.RESET_PASSWORD))

    page = Anchors(message.html)
    assert message.text.split() == page.words.split()
    assert {"html", "head", "meta", "body", "p", "br", "a"} == page.tags


def test_one_mailbox_of_several_accounts():
    """Each account has a link of its own, under its username and type, one link a line."""
    tokens = [
        token_of(Purpose.RESET_PASSWORD, "ann", "public", 1),
        token_of(Purpose.SETUP_LINK, "1012345", "contractor", 2),
    ]

    message = render(outbox_email("reset-link"), *tokens)

    first, second = links_in(message.text)
    assert f"ann (Public user):\n{first}\n\n1012345 (Contractor):\n{second}\n" in message.text
    assert "/reset-password?" in first
    assert "/setup?" in second
    assert [first, second] == Anchors(message.html).links


def test_confirmation_offers_other_unconfirmed_accounts():
    """Whoever really owns the mailbox can take over each account that names it without proof."""
    tokens = [
        token_of(Purpose.CONFIRM_EMAIL, "ann", "public", 1),
        token_of(Purpose.RESET_PASSWORD, "squatter", "public", 2),
    ]

    message = render(outbox_email("confirm-email"), *tokens)

    confirm, take_over = links_in(message.text)
    assert "/confirm-email?" in confirm
    assert f"squatter (Public user):\n{take_over}\n" in message.text
    assert "Other accounts name this e-mail address" in message.text


def test_confirmation_alone_speaks_of_no_others():
    """Without other accounts there is no word about them."""
    message = render(outbox_email("confirm-email"), token_of(Purpose.CONFIRM_EMAIL))

    assert "Other accounts" not in message.text


@pytest.mark.attack("MAIL-08")
@pytest.mark.parametrize("template", ["confirm-email", "reset-link"])
@pytest.mark.parametrize("username", ["evil.example", "www.evil.example", "ann@evil.example"])
def test_username_like_a_link_stands_beside_no_link_to_an_unproved_mailbox(template, username):
    """Registering with a stranger's address sends them no name that a mail program turns into a link."""
    tokens = [token_of(PURPOSES[template], username, n=1), token_of(Purpose.RESET_PASSWORD, username, n=2)]

    message = render(outbox_email(template), *tokens)

    assert "evil.example" not in message.text + message.html
    assert f"{username[0]}… (Public user):\n" in message.text


@pytest.mark.attack("MAIL-08")
def test_username_like_a_link_is_the_owners_own_business():
    """To the mailbox that the account has confirmed its name is written out."""
    token, account = token_of(Purpose.RESET_PASSWORD, "ann.sample")
    proved = attrs.evolve(account, email="ann@example.org", email_confirmed_at=NOW)

    message = render(outbox_email("reset-link"), (token, proved))

    assert "ann.sample (Public user):\n" in message.text


def test_username_reminder():
    """Each username stands on a line of its own with its type by name; there is no other account line."""
    names = "ann (public)\n1012345 (contractor)"

    message = render(outbox_email("username-reminder", params={"names": names}))

    assert "\n\nann (Public user)\n1012345 (Contractor)\n\n" in message.text
    assert "<p>ann (Public user)<br>\n1012345 (Contractor)</p>" in message.html


def test_staff_notice():
    """Staff read what happened in words; what is not known has no line."""
    params = {"event": "registration-refused", "license": "", "contact": "Ann Lee, (323) 555-0100"}

    message = render(outbox_email("staff-notice", params=params))

    assert "What happened: Registration not accepted\n" in message.text
    assert "\nContact given: Ann Lee, (323) 555-0100\n" in message.text
    assert "License" not in message.text


@pytest.mark.parametrize(
    ("license_id", "shown"),
    [
        ("us-ca-cslb:1012345", "CSLB 1012345"),
        ("zz-board:7", "zz-board:7"),
        ("us-ca-cslb:", "us-ca-cslb:"),
        ("us-ca-cslb", "us-ca-cslb"),
    ],
)
def test_license_is_named_as_people_name_it(license_id, shown):
    """A license is shown by its board's name and number, and as it is kept where its board is not known."""
    message = render(outbox_email("claim-noticed", params={"license": license_id}))

    assert f"\nLicense: {shown}\n" in message.text


def test_event_without_words():
    """An event of the city's own is shown by its name."""
    message = render(outbox_email("staff-notice", params={"event": "moved-house"}))

    assert "What happened: moved-house\n" in message.text


def test_account_type_that_the_city_gave_up():
    """An account of a type that the policy no longer has is named by the type's id."""
    message = render(outbox_email("password-changed", params={"account_type": "design_professional"}))

    assert "Account type: design_professional\n" in message.text


def test_notice_without_an_account():
    """A line whose value nobody gave is left out, not shown empty."""
    email = attrs.evolve(outbox_email("password-changed"), params={})

    message = render(email)

    assert "Account" not in message.text.replace("permit portal", "")
    assert "\n\n\n" not in message.text


@pytest.mark.parametrize(
    ("asked", "languages", "got"),
    [
        ("es", ("en", "es"), "es"),
        ("ru", ("en", "es"), "en"),
        ("fr", ("en", "fr"), "en"),
        ("", ("en",), "en"),
    ],
)
def test_language(asked, languages, got):
    """The account's language, where both the city and the catalog have it; else English, and it says so."""
    message = render(
        outbox_email("password-changed", language=asked), policy=attrs.evolve(POLICY, languages=languages)
    )

    assert got == message.language
    assert f'<html lang="{got}">' in message.html


@pytest.mark.attack("MAIL-02")
def test_no_host_leaks_into_anothers_mail():
    """Two cities in one process, rendered in turn by many threads: each link leads to its own city."""
    cities = [attrs.evolve(POLICY, base_url=f"https://city{n}.example.gov") for n in range(8)]
    keyrings = [Keyring.new() for _ in cities]
    token, account = token_of(Purpose.RESET_PASSWORD)
    barrier = threading.Barrier(len(cities))
    found = [[] for _ in cities]

    def work(n):
        barrier.wait()
        for _ in range(20):
            message = rendered(
                outbox_email("reset-link"),
                tokens=[(token, account)],
                policy=cities[n],
                catalog=TomlCatalog(),
                keyring=keyrings[n],
                now=NOW,
            )
            found[n].append((message.message_id.partition("@")[2], *links_in(message.text)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(cities))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for n, city in enumerate(cities):
        link = f"{city.base_url}/reset-password?token={keyrings[n].seal(token.id, token.purpose)}"
        assert [(f"city{n}.example.gov>", link)] * 20 == found[n]


@pytest.mark.attack("MAIL-07")
@given(st.binary(min_size=32, max_size=32), st.sampled_from(sorted(PATHS)))
def test_links_survive_mail_programs(random, template):
    """A link ends in a letter or digit and has no character that a mail program changes or cuts off."""
    keyring = Keyring.new()
    token, account = token_of(PURPOSES[template])
    token = attrs.evolve(token, id=base64.urlsafe_b64encode(random).rstrip(b"=").decode())

    message = rendered(
        outbox_email(template),
        tokens=[(token, account)],
        policy=POLICY,
        catalog=TomlCatalog(),
        keyring=keyring,
        now=NOW,
    )

    (link,) = links_in(message.text)
    assert re.fullmatch(r"https://[a-z./-]+\?token=[A-Za-z0-9_.-]*[A-Za-z0-9]", link)
    assert link in mime(message).get_body(("plain",)).get_content().splitlines()


@pytest.mark.attack("MAIL-08")
@pytest.mark.parametrize(
    "typed",
    [
        "<a href=https://evil.example>Click</a>",
        "<script>alert(1)</script>",
        "</p><img src=x>",
        "{{7*7}} {0.__class__} {link} {support_phone} %(secret)s ${city}",
        "Ann &amp; Co",
        '" onmouseover="x',
        "javascript:alert(1)",
    ],
)
def test_markup_in_a_value(typed):
    """Typed markup is shown, not obeyed, and nothing in it is evaluated or filled in."""
    message = render(outbox_email("staff-notice", params={"contact": typed}))

    page = Anchors(message.html)
    assert [] == page.links
    assert {"html", "head", "meta", "body", "p", "br"} >= page.tags
    assert typed.replace("://", ": //") in page.words
    assert f"Contact given: {typed.replace('://', ': //')}\n" in message.text


@pytest.mark.attack("MAIL-08")
@given(st.text(max_size=400), st.sampled_from(["username", "license", "contact", "event", "names"]))
def test_any_value_is_plain_lines(typed, name):
    """Whatever a record holds: no control mark, no new paragraph, no live link, bounded length."""
    template = "username-reminder" if name == "names" else "staff-notice"
    template = "claim-noticed" if name in ("username", "license") else template
    without = render(attrs.evolve(outbox_email(template), params={}))

    message = render(attrs.evolve(outbox_email(template), params={name: typed}))

    assert without.subject == message.subject
    assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in message.text)
    assert message.text.count("\n\n") - without.text.count("\n\n") in (0, 1)
    assert [] == Anchors(message.html).links
    assert "://" not in message.text
    assert len(message.text) < len(without.text) + 20 * 220


@pytest.mark.attack("MAIL-08")
def test_long_value_is_cut():
    """Names are bounded: 200 characters of each."""
    message = render(outbox_email("staff-notice", params={"contact": "x" * 1000}))

    assert f"Contact given: {'x' * 200}\n" in message.text


def test_values_of_the_city_cannot_be_given():
    """A record cannot say whom to call."""
    message = render(
        outbox_email("password-changed", params={"support_phone": "(900) 555-0199", "city": "Nowhere"})
    )

    assert "(323) 848-6475" in message.text
    assert "Nowhere" not in message.text


def test_city_with_line_breaks_of_other_alphabets():
    """A subject is one line, whatever the policy's text contains."""
    message = render(
        outbox_email("password-changed"), policy=attrs.evolve(POLICY, city="West\u2028Hollywood\x85")
    )

    assert "West Hollywood permit portal: your password was changed" == message.subject


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("http://[::1]:8000", "[::1]"),
        ("https://Permits.Example.GOV:8443/x", "permits.example.gov"),
    ],
)
def test_message_id_is_stable(base_url, host):
    """The id follows from the record alone, so an e-mail that is sent twice is known as one."""
    policy = attrs.evolve(POLICY, base_url=base_url)
    email = outbox_email("password-changed", id="0006a1")

    first = render(email, policy=policy)
    second = render(attrs.evolve(email, version=7, attempts=3), policy=policy)

    assert f"<0006a1@{host}>" == first.message_id == second.message_id


def test_paths_of_the_application():
    """Links lead to the pages that the policy names."""
    policy = attrs.evolve(POLICY, links=Links(reset="/account/new-password"))

    message = render(outbox_email("reset-link"), token_of(Purpose.RESET_PASSWORD), policy=policy)

    (link,) = links_in(message.text)
    assert link.startswith("https://permits.example.gov/portal/account/new-password?token=")


@pytest.mark.parametrize("template", sorted(LINKED - TOLD_ANYHOW))
def test_link_without_a_token(template):
    """An e-mail whose point is its link is not sent without one."""
    with pytest.raises(ValueError, match="tokens"):
        render(outbox_email(template))


@pytest.mark.attack("MAIL-17")
@pytest.mark.parametrize("template", sorted(TOLD_ANYHOW))
@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_notice_whose_link_is_dead(template, language):
    """It tells what happened and whom to call, and not a word of a link."""
    with_link = render(outbox_email(template, language=language), token_of(PURPOSES[template]))

    message = render(outbox_email(template, language=language))

    told = [line for line in message.text.splitlines() if line]
    assert [] == links_in(message.text) == Anchors(message.html).links
    assert "(323) 848-6475" in message.text
    assert not re.search(r"[{}\x00]", message.text)
    assert [line for line in with_link.text.splitlines() if line in told and line] == told
    assert 2 == len([line for line in with_link.text.splitlines() if line]) - len(told)


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (7, "en", "within 7 days"),
        (1, "en", "within 1 day:"),
        (1, "es", "de 1 día:"),
        (3, "es", "de 3 días:"),
        (1, "ru", "1 дня:"),
        (2, "ru", "2 дней:"),
        (5, "ru", "5 дней:"),
    ],
)
def test_how_long_a_change_can_be_taken_back(days, language, words):
    """As long as the city's policy says, in whole days."""
    policy = attrs.evolve(POLICY, cancel_email_ttl=timedelta(days=days))
    email = outbox_email("email-changed", language=language)

    message = render(email, token_of(Purpose.CANCEL_EMAIL_CHANGE), policy=policy)

    assert words in message.text


def test_token_without_a_place():
    """A notice never carries a live link."""
    with pytest.raises(ValueError, match="tokens"):
        render(outbox_email("password-changed"), token_of(Purpose.RESET_PASSWORD))


def test_grant_is_never_mailed():
    """What a temporary password buys does not travel by e-mail."""
    with pytest.raises(KeyError):
        render(outbox_email("reset-link"), token_of(Purpose.SETUP_GRANT))


def test_unknown_template():
    """A record of a template that is not there cannot be rendered."""
    with pytest.raises(KeyError):
        render(outbox_email("birthday"))


@pytest.mark.parametrize("email_id", ["", "a>\r\nBcc: b@example.org", "a b", "a@b", "x" * 129, "é"])
def test_id_that_is_none_of_ours(email_id):
    """A planted id does not reach a header."""
    with pytest.raises(ValueError, match="id"):
        render(outbox_email("password-changed", id=email_id))


def test_nothing_secret_in_the_representation():
    """A message in a traceback shows no link."""
    message = render(outbox_email("reset-link"), token_of(Purpose.RESET_PASSWORD))

    assert "token=" in message.text
    assert "token=" not in repr(message)
