"""What a password may be."""

from __future__ import annotations

import logging
import time
import traceback
import unicodedata
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.secret import Secret
from permit_accounts.rules import blocklist
from permit_accounts.rules.passwords import normalized_password, password_problems, password_too_long
from permit_accounts.rules.policy import Policy

POLICY = Policy(city="West Hollywood")
CONTEXT = (
    "ann.lee",
    "1012345",
    "ann@maple.example",
    "Ann Lee",
    "Blue Heron Roofing",
    "(323) 555-0142",
)
GOOD = "tiger umbrella lamp"


def codes(password: str, policy: Policy = POLICY) -> list[Code]:
    return [problem.code for problem in password_problems(Secret(password), policy, CONTEXT)]


def test_a_long_unknown_passphrase_is_accepted() -> None:
    """No rules of composition."""
    assert [] == codes(GOOD)


@pytest.mark.attack("PWD-02")
@pytest.mark.parametrize("character", ["k", "\U0001f600", "李"], ids=["ASCII", "emoji", "CJK"])
def test_the_shortest_password_has_fifteen_code_points(character: str) -> None:
    """Each character counts one (NIST SP 800-63B-4, 3.1.1.2)."""
    text = f"qbcdefg{character}hijklm"
    assert 14 == len(text)
    assert [Code.PASSWORD_SHORT] == codes(text)
    assert [] == codes(text + "w")


@pytest.mark.attack("PWD-02")
def test_fifteen_emoji_are_fifteen() -> None:
    """And not sixty bytes."""
    emoji = "".join(chr(0x1F600 + n) for n in range(15))
    assert [] == codes(emoji)
    assert [Code.PASSWORD_SHORT] == codes(emoji[:14])


@pytest.mark.attack("PWD-02", "UNI-11")
def test_a_letter_and_its_accent_count_one() -> None:
    """Measured after composition."""
    text = "qwxe\u0301rzui oplk\u0301y"
    composed = unicodedata.normalize("NFC", text)
    assert 14 == len(composed)
    assert [Code.PASSWORD_SHORT] == codes(text)
    assert [] == codes(text + "m")


@pytest.mark.attack("PWD-02")
@pytest.mark.parametrize("length", [64, 256])
@pytest.mark.parametrize("alphabet", ["abcdefghijklmnopqrstuvwxyz-+*", "李王張劉陳楊黃趙吳周徐孫朱馬胡"])
def test_long_passwords_are_taken(length: int, alphabet: str) -> None:
    """At least 64 (ASVS 5.0, 6.2.9); nothing is cut."""
    text = "".join(alphabet[(n * n + n // 3) % len(alphabet)] for n in range(length))
    assert [] == codes(text)


@pytest.mark.attack("PWD-01", "PWD-02")
def test_more_than_the_policy_allows_is_refused_and_the_limits_told() -> None:
    """In code points and in bytes."""
    (problem,) = password_problems(Secret("q" * 257), POLICY)
    assert (Code.PASSWORD_LONG, {"max": "256", "max_bytes": "1024"}) == (problem.code, problem.params)
    many_bytes = attrs.evolve(POLICY, password_max=1024)
    assert [Code.PASSWORD_LONG] == codes("\U0001f600" * 257, many_bytes)


@pytest.mark.attack("PWD-01")
@pytest.mark.parametrize("unit", ["a", "\u0301", "a\u0301", "\U0001f600", "\ud800"])
def test_a_megabyte_is_refused_before_any_work(unit: str) -> None:
    """Measured first: not composed, not compared, not hashed."""
    password = Secret(unit * 1_000_000)
    started = time.process_time()
    assert password_too_long(password, POLICY)
    assert password_too_long(normalized_password(password), POLICY)
    assert [Code.PASSWORD_LONG] == codes(password.reveal())
    assert time.process_time() - started < 0.05


@pytest.mark.attack("PWD-01")
def test_the_longest_composed_text_costs_milliseconds() -> None:
    """Sorting combining marks is the slowest that composition can be made to do."""
    started = time.process_time()
    normalized_password(Secret("a" + "\u0301\u0323" * 2047))
    assert time.process_time() - started < 0.05


def test_a_password_is_too_long_in_every_form_or_in_none() -> None:
    """256 Hangul syllables are 768 letters on another keyboard."""
    text = "각" * 256
    assert not password_too_long(Secret(text), POLICY)
    assert not password_too_long(Secret(unicodedata.normalize("NFD", text)), POLICY)
    assert password_too_long(Secret(text + "각"), POLICY)


@pytest.mark.attack("UNI-11")
def test_composed_and_decomposed_are_one_password() -> None:
    """Two keyboards, one text."""
    one, other = "Caf\u00e9-1234", "Cafe\u0301-1234"
    assert normalized_password(Secret(one)).reveal() == normalized_password(Secret(other)).reveal()


@pytest.mark.attack("UNI-11")
@pytest.mark.parametrize(
    ("one", "other"), [("①②③", "123"), ("１２３", "123"), ("Abc", "abc"), ("abc ", "abc"), ("ﬁn", "fin")]
)
def test_nothing_else_is_folded(one: str, other: str) -> None:
    """NFC only: circled and full-width digits, case and spaces stay what they are."""
    assert normalized_password(Secret(one)).reveal() != normalized_password(Secret(other)).reveal()


@given(st.text(max_size=60))
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    """So setting and checking agree, however often a path does it."""
    once = normalized_password(Secret(text))
    assert once.reveal() == normalized_password(once).reveal()
    assert unicodedata.normalize("NFC", text) == once.reveal()


def test_nothing_is_required() -> None:
    """An empty password is none."""
    assert [Code.REQUIRED] == codes("")


def test_a_lone_surrogate_is_refused() -> None:
    """UTF-8 cannot encode it, so no hash can be made."""
    assert [Code.PASSWORD_CHARACTERS] == codes(GOOD + "\ud800")


@pytest.mark.parametrize(
    "text", [GOOD + "\0", GOOD + "\n", "   tiger umbrella   ", "\u200btiger umbrella lamp"]
)
def test_every_other_character_is_allowed(text: str) -> None:
    """As received (ASVS 5.0, 6.2.5 and 6.2.8)."""
    assert [] == codes(text)


@pytest.mark.attack("PWD-09")
@pytest.mark.parametrize(
    "text",
    [
        "permitpermit2026",
        "PERMIT-permit-permit",
        "westhollywood2026",
        "WestHollywood 2026!",
        "etrakit etrakit",
        "123456781012345",
        "1012345-1012345-",
        "ann.lee.ann.lee.1",
        "blueheronroofing",
        "Blue Heron Roofing",
        "roofing heron blue!!",
        "nnanorehgnifoor",
        "ann@maple.example",
        "3235550142555014",
        "(323) 555-0142 !",
        "323-555-0142-2026",
    ],
)
def test_what_everybody_knows_is_no_password(text: str) -> None:
    """Nothing but the city's and the account's own words, with digits, punctuation and repetition."""
    assert [Code.PASSWORD_PERSONAL] == codes(text)


@pytest.mark.parametrize(
    "text", ["my permit is always late", "hollywood is a village", "the heron eats blue frogs"]
)
def test_a_passphrase_that_contains_such_a_word_is_accepted(text: str) -> None:
    """Parts are not compared (NIST SP 800-63B-4, 3.1.1.2)."""
    assert [] == codes(text)


@pytest.mark.attack("PWD-09")
@pytest.mark.parametrize(
    "text", ["71732348291746352817", "32390418273645546372", "90418273645546372323", "5555-9041827364554"]
)
def test_a_long_number_that_contains_an_area_code_is_accepted(text: str) -> None:
    """Three digits of a telephone number are somewhere in one of fifty numbers of twenty digits."""
    assert [] == codes(text)


def test_short_words_of_the_context_are_not_looked_for() -> None:
    """A name of two letters is in too many words."""
    assert [] == list(password_problems(Secret("ohohohli-ohliohoh-q"), POLICY, ["Li", "Oh"]))


@pytest.mark.attack("PWD-09")
@pytest.mark.parametrize(
    "text", ["PasswordPassword", "Sommer2026!!!!!!", "1234567890123456", "Qwertyuiop123456"]
)
def test_common_passwords_are_refused_whatever_their_case(text: str) -> None:
    """Compared after composition and case folding."""
    assert [Code.PASSWORD_COMMON] == codes(text)


@pytest.mark.attack("PWD-09")
def test_all_problems_come_at_once() -> None:
    """Short and common."""
    assert [Code.PASSWORD_SHORT, Code.PASSWORD_COMMON] == codes("password1")
    assert [Code.PASSWORD_SHORT, Code.PASSWORD_COMMON] == codes("Sommer2026!")


@pytest.mark.attack("PWD-07")
@pytest.mark.parametrize("text", ["ann.lee", "1012345", "ann@maple.example"])
def test_name_license_and_address_are_refused(text: str) -> None:
    """With no other text to hide behind."""
    assert Code.PASSWORD_PERSONAL in codes(text)


def test_a_breached_password_is_refused() -> None:
    """The hook is asked with the composed text."""
    asked: list[str] = []

    def breach_check(text: str) -> bool:
        asked.append(text)
        return True

    policy = attrs.evolve(POLICY, breach_check=breach_check)
    assert [Code.PASSWORD_BREACHED] == codes("cafe\u0301 umbrella lamp", policy)
    assert ["caf\u00e9 umbrella lamp"] == asked
    assert [Code.PASSWORD_SHORT] == codes("zebra lamp", policy)
    assert 1 == len(asked)


def test_an_unbreached_password_is_accepted() -> None:
    """False is the only answer that means so."""
    assert [] == codes(GOOD, attrs.evolve(POLICY, breach_check=lambda text: False))


@pytest.mark.attack("API-08")
@pytest.mark.parametrize("answer", [None, 0, 1, "", "no", [], {}])
def test_a_hook_that_lies_is_a_fault(answer: object) -> None:
    """None from a validator is not "good"; a coroutine neither."""
    policy = attrs.evolve(POLICY, breach_check=lambda text: answer)  # type: ignore[arg-type,return-value]
    with pytest.raises(ConfigurationError, match="True or False"):
        codes(GOOD, policy)


@pytest.mark.attack("API-08")
def test_a_hook_that_fails_keeps_nobody_out(caplog: pytest.LogCaptureFixture) -> None:
    """The password is accepted and a warning logged, in which it does not stand."""

    def breach_check(text: str) -> bool:
        raise OSError(f"no route to host for {text}")

    with caplog.at_level(logging.WARNING, logger="permit_accounts"):
        assert [] == codes(GOOD, attrs.evolve(POLICY, breach_check=breach_check))
    assert 1 == len(caplog.records)
    assert "OSError" in caplog.text
    assert "tiger" not in caplog.text


@pytest.mark.attack("LOG-03")
@pytest.mark.parametrize("fault", ["breach check", "list of common passwords"])
def test_a_fault_shows_no_password(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that prints the local variables of every frame shows three stars."""
    policy = attrs.evolve(POLICY, breach_check=lambda text: None)  # type: ignore[arg-type,return-value]
    if fault != "breach check":
        monkeypatch.setattr(blocklist, "_common", _unreadable)

    with pytest.raises(ConfigurationError) as told:
        list(password_problems(Secret(GOOD), policy))

    report = traceback.TracebackException.from_exception(told.value, capture_locals=True)
    report.stack[:] = [frame for frame in report.stack if "permit_accounts" in frame.filename]
    assert "Secret(***)" in "".join(report.format())
    assert GOOD not in "".join(report.format())


def _unreadable() -> frozenset[str]:
    return blocklist.read_blocklist(Path("/nowhere"))


@given(st.text(max_size=40), st.lists(st.text(max_size=12), max_size=4))
def test_every_text_has_an_answer(password: str, context: list[str]) -> None:
    """Nothing raises, and what is accepted keeps the policy's lengths."""
    problems = list(password_problems(Secret(password), POLICY, context))
    assert {"password"} >= {problem.field for problem in problems}
    if not problems:
        assert 15 <= len(unicodedata.normalize("NFC", password)) <= 256


@pytest.mark.attack("PWD-01")
def test_a_long_context_costs_milliseconds() -> None:
    """Many words that overlap, and a password made of them all."""
    context = ["aaa" * n for n in range(1, 60)] + ["x" * 100_000]
    password = Secret("a" * 255 + "b")
    list(password_problems(password, POLICY))
    started = time.process_time()
    list(password_problems(password, POLICY, context))
    assert time.process_time() - started < 0.2
