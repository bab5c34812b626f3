"""Passwords and answers without end: refused before they are hashed, at every door."""

from __future__ import annotations

import pytest

from flows.people import (
    ann,
    at,
    confirmed,
    grant,
    invited,
    refused,
    reset_link,
    sessions,
    work,
)
from permit_accounts import (
    PUBLIC,
    Code,
    SignedIn,
)
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from story import ANSWER, NEW_PASSWORD

HUGE = 1_000_000


@pytest.mark.attack("PWD-01")
@pytest.mark.parametrize(
    "text", ["x" * 10_000, "x" * HUGE, "e\u0301" * (HUGE // 2), "a" + "\u0301" * HUGE, "🎈" * 257]
)
def test_no_door_hashes_a_text_without_end(text: str) -> None:
    """Where a password is checked the answer is the generic one; where it is set, the limits are told."""
    world = World()
    made = confirmed(world)
    link = reset_link(world)
    password = invited(world).password
    page = grant(world, password)
    token = made.session_token
    doors = world.accounts

    assert [] == work(
        world,
        lambda: [
            refused(doors.sign_in(PUBLIC, "ann", text), Code.WRONG_CREDENTIALS),
            refused(doors.sign_in(PUBLIC, "nobody", text), Code.WRONG_CREDENTIALS),
            refused(doors.register(PUBLIC, public_form("bob", password=text)), Code.PASSWORD_LONG),
            refused(doors.reauthenticate(token, text), Code.WRONG_CREDENTIALS),
            refused(doors.change_password(token, text, NEW_PASSWORD), Code.WRONG_CREDENTIALS),
            refused(doors.close_account(token, text), Code.WRONG_CREDENTIALS),
            refused(
                doors.change_security_question(token, text, "first-dish", "soup"), Code.WRONG_CREDENTIALS
            ),
            refused(doors.finish_setup(page.token, setup_form(page.asks, password=text)), Code.PASSWORD_LONG),
            refused(doors.register(PUBLIC, public_form("bob", answer=text)), Code.TOO_LONG),
        ],
    )
    # What is checked beside them, the answer on file and the present password, is of its own length.
    refused(doors.reset_password(link, text, ANSWER), Code.PASSWORD_LONG)
    refused(doors.reset_password(link, NEW_PASSWORD, text), Code.ANSWER_WRONG)
    refused(doors.change_password(token, PASSWORD, text), Code.PASSWORD_LONG)


def test_the_longest_password_is_taken() -> None:
    """256 code points of any script, at every door (NIST SP 800-63B-4, 3.1.1.2)."""
    world = World()
    longest = "ñ" * 100 + "x" * 156
    ann(world, password=longest)

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", longest, visitor=at("192.0.2.1")), SignedIn)
    assert 2 == len(sessions(world))
