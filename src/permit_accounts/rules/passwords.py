"""What a password may be: long enough, not too long, and neither common nor made of what everybody knows.

Nothing about a password is ever repaired: no trimming, no case folding, no look-alikes. It is only composed
(NFC), so that two keyboards which type one accented letter differently type one password, and that happens
on every path, setting and checking alike (NIST SP 800-63B-4, 3.1.1.2).
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from permit_accounts.model.codes import Code
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.secret import Secret
from permit_accounts.rules.blocklist import check_blocklist, is_common
from permit_accounts.rules.characters import is_encodable
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.policy import Policy

_log: Final = logging.getLogger("permit_accounts")

#: No character decomposes into more than four, so nothing longer can be composed into an allowed password.
_DECOMPOSED: Final = 4
#: What is composed at all, in code points: four times the largest `Policy.password_max`.
_COMPOSED_AT_MOST: Final = _DECOMPOSED * 1024
#: Shorter words of the context, such as "St" or "Li", are part of too many other words.
_WORD_AT_LEAST: Final = 3
#: Shorter numbers, such as area codes and those of houses, are part of too many longer ones.
_NUMBER_AT_LEAST: Final = 5
_CONTEXT_AT_MOST: Final = 256
_WORD: Final = Pattern(r"[^\W_]+")


def normalized_password(password: Secret) -> Secret:
    """The password as it is hashed and checked: composed (NFC), otherwise exactly as typed.

    A text too long to be any password is given back as it is: composing it would cost time for nothing.
    """
    text = password.reveal()
    if len(text) > _COMPOSED_AT_MOST or unicodedata.is_normalized("NFC", text):
        return password
    return Secret(unicodedata.normalize("NFC", text))


def password_too_long(password: Secret, policy: Policy) -> bool:
    """Whether a password is over the policy's limits, in code points or in UTF-8 bytes, once composed.

    Ask this before any other work on a password: hashing a megabyte is what an attacker wants.
    """
    if len(password.reveal()) > _DECOMPOSED * policy.password_max:
        return True
    text = normalized_password(password).reveal()
    return len(text) > policy.password_max or (
        len(text.encode("utf-8", "surrogatepass")) > policy.password_max_bytes
    )


def password_problems(password: Secret, policy: Policy, context: Iterable[str] = ()) -> Iterator[Problem]:
    """What keeps this text from being somebody's password.

    It is measured in code points after composition, and compared as a whole, never in part, with common
    passwords and with what the account and the city are known by, each with digits, punctuation and
    repetition added (NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2.4 and 6.2.11). `Policy.breach_check` is
    asked last, and only about a password that is good otherwise. Where it raises, the password is accepted
    and a warning logged, without the password and without the error's text: an outage of somebody else's
    service keeps nobody from a permit.

    Args:
        password: As typed.
        policy: Sets the lengths, the city's own words and the breach check.
        context: What is known of the account: username, license number, e-mail address, names, telephone.

    Raises:
        ConfigurationError: `Policy.breach_check` answered with anything but True or False, or the shipped
            list cannot be loaded.
    """
    if not password:
        yield Problem(Code.REQUIRED, "password")
        return
    if password_too_long(password, policy):
        limits = {"max": str(policy.password_max), "max_bytes": str(policy.password_max_bytes)}
        yield Problem(Code.PASSWORD_LONG, "password", limits)
        return
    composed = normalized_password(password)
    if not is_encodable(composed.reveal()):
        yield Problem(Code.PASSWORD_CHARACTERS, "password")
        return
    weak = tuple(_weaknesses(composed, policy, context))
    yield from weak
    if not weak and _is_breached(composed, policy):
        yield Problem(Code.PASSWORD_BREACHED, "password")


def _weaknesses(password: Secret, policy: Policy, context: Iterable[str]) -> Iterator[Problem]:
    if len(password.reveal()) < policy.password_min:
        yield Problem(Code.PASSWORD_SHORT, "password", {"min": str(policy.password_min)})
    check_blocklist()  # whatever can go wrong with it does so before the text stands in a variable
    folded = unicodedata.normalize("NFC", password.reveal().casefold())
    if _consists_of(folded, _words((*policy.context_words, policy.city, *context))):
        yield Problem(Code.PASSWORD_PERSONAL, "password")
    elif is_common(folded):
        yield Problem(Code.PASSWORD_COMMON, "password")


def _words(texts: Iterable[str]) -> frozenset[str]:
    """The words of these texts, folded, each also backwards, and each whole text with and without what
    stands between its words."""
    words: set[str] = set()
    for text in texts:
        folded = unicodedata.normalize("NFC", text[:_CONTEXT_AT_MOST].casefold())
        parts = _WORD.findall(folded)
        words.update(parts, ["".join(parts), folded])
    return frozenset(
        spelled for word in words if len(word) >= _WORD_AT_LEAST for spelled in (word, word[::-1])
    )


def _consists_of(text: str, words: frozenset[str]) -> bool:
    """Whether the text is some of these words, with nothing but digits and punctuation between them.

    A passphrase that merely contains one of them is not, nor is a long number that has the three digits of
    an area code somewhere (NIST SP 800-63B-4, 3.1.1.2).
    """
    empty = [True] + [False] * len(text)
    named = [False] * (len(text) + 1)
    for at, character in enumerate(text):
        if not (empty[at] or named[at]):
            continue
        if not character.isalpha():
            empty[at + 1] |= empty[at]
            named[at + 1] |= named[at]
        for word in words:
            if text.startswith(word, at) and not _is_in_a_number(word, text, at):
                named[at + len(word)] = True
    return named[len(text)]


def _is_in_a_number(word: str, text: str, at: int) -> bool:
    """Whether this word is a few digits inside a longer run of digits, as of twenty at random many are."""
    if len(word) >= _NUMBER_AT_LEAST or not word.isdigit():
        return False
    return text[at - 1 : at].isdigit() or text[at + len(word) :][:1].isdigit()


def _is_breached(password: Secret, policy: Policy) -> bool:
    if policy.breach_check is None:
        return False
    try:
        verdict: object = policy.breach_check(password.reveal())
    except Exception as error:
        _log.warning("Policy.breach_check failed (%s); the password was accepted", type(error).__name__)
        return False
    if not isinstance(verdict, bool):
        raise ConfigurationError(
            f"Policy(breach_check=…) must answer True or False, not {type(verdict).__name__}"
        )
    return verdict
