"""E-mail addresses: what is accepted, and which spellings are one."""

from __future__ import annotations

import email.utils
import time

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.emails import Email, parse_email

REFUSED = Problem(Code.EMAIL, "email")

ALMOST = st.text(alphabet="abAB019._+-'@,;<>\"() \n\t\u0131\u212a\u00e9ｅ。-", max_size=40)
PLAIN_LOCAL = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_+'-]{0,10}(\.[A-Za-z0-9_+'-]{1,5}){0,2}", fullmatch=True)
DOMAIN = st.sampled_from(
    [
        "example.org",
        "EXAMPLE.org",
        "bücher.example",
        "x.test",
        "a-.org",
        "example",
        "1.2.3.4",
        "mail.example.gov",
    ]
) | st.text(alphabet="ab.-_é。", max_size=12)


def test_the_domain_is_kept_in_ascii_and_the_local_part_as_typed() -> None:
    """What is written to is the address; the key ignores case."""
    assert Email("Ann.Lee@example.org", "ann.lee@example.org") == parse_email(" Ann.Lee@EXAMPLE.org\n")


@pytest.mark.attack("UNI-17")
@pytest.mark.parametrize(
    "spelling", ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example", "bücher。example"]
)
def test_every_spelling_of_an_international_domain_is_one(spelling: str) -> None:
    """Uniqueness is on the ASCII domain."""
    expected = Email("user@xn--bcher-kva.example", "user@xn--bcher-kva.example")
    assert expected == parse_email(f"user@{spelling}")


@pytest.mark.attack("UNI-17")
@pytest.mark.parametrize("spelling", ["ｅｘａｍｐｌｅ.org", "example。org", "Example.Org"])
def test_full_width_domains_are_their_plain_ones(spelling: str) -> None:
    """So a look-alike of a plain domain is that domain."""
    assert parse_email("user@example.org") == parse_email(f"user@{spelling}")


@pytest.mark.attack("UNI-07")
@pytest.mark.parametrize(
    "text",
    [
        "attacker@a.example,victim@b.example",
        "a@x.example;b@y.example",
        "a@x.example b@y.example",
        '"e@attacker.example"@victim.example',
        '"a b"@x.example',
        "Name <a@x.example>",
        "<a@x.example>",
        "a@[127.0.0.1]",
        "a@x.example>",
        "victim@b.example@a.example",
    ],
)
def test_lists_names_and_quotes_are_refused(text: str) -> None:
    """Exactly one mailbox."""
    assert REFUSED == parse_email(text)


@pytest.mark.attack("MAIL-05")
@pytest.mark.parametrize(
    "text",
    [
        "-oQ/var/spool@x.org",
        "-f@x.org",
        "--help@x.org",
        "'$(id)'@x.org",
        "|cmd@x.org",
        "a`b`@x.org",
        "a!b@x.org",
        "a%b@x.org",
    ],
)
def test_what_a_shell_or_mail_route_reads_is_refused(text: str) -> None:
    """Whatever backend a city writes later."""
    assert REFUSED == parse_email(text)


@pytest.mark.attack("UNI-08")
@pytest.mark.parametrize(
    "text", ["mıke@example.org", "Kim@example.org".replace("K", "\u212a"), "ⓐnn@example.org"]
)
def test_a_local_part_that_is_not_ascii_is_refused(text: str) -> None:
    """Mailers that do not speak SMTPUTF8 would write to another mailbox."""
    assert REFUSED == parse_email(text)


@pytest.mark.attack("UNI-19")
@pytest.mark.parametrize("text", ["a@x.org\nb", "a\n@x.org", "a@x\n.org", "a@x.org\r\nBcc: b@y.org"])
def test_a_line_break_inside_is_refused(text: str) -> None:
    """Outside it is white space and trimmed."""
    assert REFUSED == parse_email(text)
    assert Email("a@x.org", "a@x.org") == parse_email("a@x.org\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a@",
        "@x.org",
        "a@x",
        "a@x.test",
        "a@x.invalid",
        ".a@x.org",
        "a.@x.org",
        "a..b@x.org",
        "a@-x.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Neither are domains that never receive mail."""
    assert REFUSED == parse_email(text)


@pytest.mark.parametrize(
    "text", ["o'brien@example.org", "a+b@example.org", "_x@example.org", "a-@example.org", "1@example.org"]
)
def test_what_people_have_is_accepted(text: str) -> None:
    """Apostrophes, plus signs and underscores are common in real addresses."""
    assert Email(text, text) == parse_email(text)


def test_lengths_are_those_of_the_mail_standards() -> None:
    """64 octets before the @, 254 in all (RFC 5321, 4.5.3.1)."""
    assert isinstance(parse_email("a" * 64 + "@example.org"), Email)
    assert REFUSED == parse_email("a" * 65 + "@example.org")
    domain = ".".join(["b" * 62] * 3) + ".org"
    most = "a" * (254 - len(domain) - 1) + "@" + domain
    assert isinstance(parse_email(most), Email)
    assert REFUSED == parse_email("a" + most)


@pytest.mark.attack("UNI-14")
@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, " " * 1_000_000, "a@" + "x" * 1_000_000, "\u0301" * 1_000_000]
)
def test_a_megabyte_costs_nothing(text: str) -> None:
    """It is measured before it is looked at."""
    started = time.process_time()
    assert REFUSED == parse_email(text)
    assert time.process_time() - started < 0.05


@given(ALMOST)
@example("a@example.org")
def test_what_is_accepted_is_one_plain_mailbox(text: str) -> None:
    """Any text gives an address that reads back as itself, or the one problem."""
    parsed = parse_email(text)
    if isinstance(parsed, Problem):
        assert REFUSED == parsed
        return
    assert parsed == parse_email(parsed.address)
    assert parsed.key == parsed.address.casefold()
    assert parsed.address.isascii()
    assert [("", parsed.address)] == email.utils.getaddresses([parsed.address])


@given(PLAIN_LOCAL, DOMAIN)
def test_plain_addresses_are_judged_as_email_validator_judges_them(local: str, domain: str) -> None:
    """The remembered domain gives the answer that asking about the whole address gives."""
    typed = f"{local}@{domain}"
    try:
        checked = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
        expected = f"{local}@{checked.ascii_domain}"
    except EmailNotValidError:
        expected = None
    parsed = parse_email(typed)
    assert expected == (parsed.address if isinstance(parsed, Email) else None)
