"""Keys as one line of a secrets file, and what ends with the old ones."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from cli.terminal import Ended, Terminal
from permit_accounts.cli.options import KEYS_VARIABLE
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Refused, SignedIn, SignedInAs
from permit_accounts.model.secret import Secret
from permit_accounts.testing.world import PASSWORD, links_in, public_form
from permit_accounts.tools.keyring import Keyring


def _ring(ended: Ended) -> Keyring:
    name, _, text = ended.out.strip().partition("=")
    assert KEYS_VARIABLE == name
    return Keyring.from_text(text)


def test_new_keys_are_one_line(terminal: Terminal) -> None:
    """A city without keys gets a line for its secrets file, and nothing else on the standard output."""
    terminal.without(KEYS_VARIABLE)
    ended = terminal.run("keys", "new")
    assert (0, 1) == (ended.code, ended.out.count("\n"))
    assert () == _ring(ended).pepper_ids
    assert _ring(ended).to_text() != _ring(terminal.run("keys", "new")).to_text()


def test_programs_read_a_document(terminal: Terminal) -> None:
    """The same text as in the line, which the portal takes as it stands."""
    document = terminal.run("keys", "new", "--add-pepper", "v1", "--json").document
    assert KEYS_VARIABLE == document["variable"]
    assert ("v1",) == Keyring.from_text(document["keys"]).pepper_ids


def test_a_shell_reads_the_line_as_it_stands(terminal: Terminal) -> None:
    """No quotation marks are needed, wherever the line is put."""
    line = terminal.run("keys", "new", "--add-pepper", "v1").out.strip()
    assert [line] == shlex.split(line)
    read = subprocess.run(
        ["sh", "-c", f'{line}; printf %s "${KEYS_VARIABLE}"'], capture_output=True, text=True, check=True
    )
    assert line.partition("=")[2] == read.stdout


def test_other_keys_than_those_in_use_are_pointed_out(terminal: Terminal) -> None:
    """Whoever forgets `--rotate` is told what these would do."""
    assert "--rotate" in terminal.run("keys", "new").err


def test_a_pepper_has_a_name(terminal: Terminal) -> None:
    """The newest pepper stands first; hashes name it."""
    terminal.set(KEYS_VARIABLE, terminal.keys.with_new_pepper("v1").to_text())
    assert ("v2", "v1") == _ring(terminal.run("keys", "new", "--rotate", "--add-pepper", "v2")).pepper_ids


@pytest.mark.parametrize("name", ["v1", "", "a b", "x" * 33])
def test_a_pepper_needs_a_name_of_its_own(name: str, terminal: Terminal) -> None:
    """A name twice would make the old hashes unreadable; one with a space could not be read back."""
    terminal.set(KEYS_VARIABLE, terminal.keys.with_new_pepper("v1").to_text())
    ended = terminal.run("keys", "new", "--rotate", "--add-pepper", name)
    assert (3, "") == (ended.code, ended.out)


def test_rotating_signs_nobody_out(terminal: Terminal) -> None:
    """The new seal comes first, the old one still opens, counts go on."""
    ring = _ring(terminal.run("keys", "new", "--rotate"))
    token = terminal.keys.seal("abc", "session")
    assert "abc" == ring.open(_secret(token), "session")
    assert terminal.keys.seal("abc", "session") != ring.seal("abc", "session")
    assert terminal.keys.counted("name") == ring.counted("name")


def _secret(text: str) -> Secret:
    return Secret(text)


def test_old_seals_are_dropped_only_when_rotating(terminal: Terminal) -> None:
    """Fresh keys have no old seals."""
    assert 2 == terminal.run("keys", "new", "--drop-old-seals").code


@pytest.mark.parametrize("text", ["", "seal=abc", "nonsense"])
def test_rotating_needs_readable_keys(text: str, terminal: Terminal) -> None:
    """What is wrong is said without showing the keys."""
    terminal.set(KEYS_VARIABLE, text)
    ended = terminal.run("keys", "new", "--rotate")
    assert (3, "") == (ended.code, ended.out)
    assert KEYS_VARIABLE in ended.err
    assert not text or text not in ended.err


def test_whoever_forgot_to_load_the_keys_is_not_sent_to_make_others(terminal: Terminal) -> None:
    """New keys in place of others end every session; the file that holds the old ones is named first."""
    terminal.without(KEYS_VARIABLE)
    ended = terminal.run("keys", "new", "--rotate")
    assert (3, "") == (ended.code, ended.out)
    assert "load the file that holds the city's. Only a new city makes new ones" in ended.err


@pytest.mark.attack("STO-17")
def test_after_a_restore_new_seals_end_every_session_and_link(terminal: Terminal) -> None:
    """A backup brings ended sessions and used links back to life; the restore procedure ends them all."""
    portal = terminal.portal()
    signed_in = portal.register("public", public_form("ann"))
    assert isinstance(signed_in, SignedIn)
    portal.request_password_reset("ann")
    portal.outbox.deliver()
    (link,) = links_in(portal.outbox._backend.messages[-1])  # type: ignore[attr-defined]

    backup = terminal.folder / "backup.db"
    portal.services.store.close()  # type: ignore[attr-defined]
    shutil.copy(terminal.database, backup)
    portal.sign_out(signed_in.session_token)
    portal.reset_password(link, "another sentence of words", "the marching band")
    assert isinstance(portal.open_reset(link), Refused)
    portal.services.store.close()  # type: ignore[attr-defined]

    for leftover in ("-wal", "-shm"):
        terminal.database.with_name(f"accounts.db{leftover}").unlink(missing_ok=True)
    shutil.copy(backup, terminal.database)
    restored = terminal.portal()
    assert isinstance(restored.session(signed_in.session_token), SignedInAs)
    assert not isinstance(restored.open_reset(link), Refused)

    terminal.keys = _ring(terminal.run("keys", "new", "--rotate", "--drop-old-seals"))
    safe = terminal.portal()
    dead = safe.open_reset(link)
    assert safe.session(signed_in.session_token) is None
    assert isinstance(dead, Refused)
    assert (Code.LINK_INVALID,) == dead.codes
    assert isinstance(safe.sign_in("public", "ann", PASSWORD), SignedIn)
