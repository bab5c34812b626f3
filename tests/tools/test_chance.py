"""What is drawn by chance cannot be foretold: by no seed, by no clock, and by no relative of the process."""

from __future__ import annotations

import random  # noqa: TID251 - what chance must not come from
import subprocess
import sys
import time
import uuid  # noqa: TID251 - likewise

import pytest

from permit_accounts import TemporaryPasswordIssued
from permit_accounts.testing.world import World, links_in, public_form
from permit_accounts.tools.keyring import Keyring
from story import signed_in

FORKING = """
import os
from permit_accounts.testing.world import World

world = World()
world.services.new_secret_id()
child = os.fork()
for _ in range(100):
    os.write(1, f"{world.services.new_secret_id()} {world.services.new_id(world.now())}\\n".encode())
if child:
    os.waitpid(child, 0)
"""


def _drawn(keys: Keyring) -> list[str]:
    """A reset link, a session, a temporary password and ids, made from the same start each time."""
    random.seed(20260308)
    world = World(keys=keys)
    opened = signed_in(world.accounts.register("public", public_form("ann")))
    world.accounts.request_password_reset("ann")
    links = [link for mail in world.mails_to("ann@mail.example.org") for link in links_in(mail)]
    why = {"reason": "no mailbox any more", "second_reason": "mail bounces"}
    issued = world.desk().issue_temporary_password("ann", "public", checked_how="documents seen", **why)
    assert isinstance(issued, TemporaryPasswordIssued)
    assert len(links) >= 2
    return [
        *links,
        opened.session_token,
        opened.account.id,
        issued.password,
        world.services.new_secret_id(),
    ]


@pytest.mark.attack("TOK-24")
def test_nothing_drawn_follows_from_seed_clock_or_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two worlds that begin alike in everything that can be seen or guessed have no secret in common."""
    monkeypatch.setattr(time, "time", lambda: 1_772_000_000.0)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    monkeypatch.setattr(uuid, "uuid1", lambda *args: uuid.UUID(int=7))

    keys = Keyring.new()

    one, other = _drawn(keys), _drawn(keys)

    assert set() == {*one} & {*other}
    assert len({*one, *other}) == len(one) + len(other)


@pytest.mark.attack("TOK-24")
@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks here")
def test_a_forked_worker_draws_other_ids_than_its_parent() -> None:
    """A server forks once the library is loaded; no two workers go on from the same state."""
    run = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, text=True, check=True, timeout=60
    )
    drawn = run.stdout.split()

    assert 400 == len(drawn)
    assert 400 == len(set(drawn))
