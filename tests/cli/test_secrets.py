"""What opens something is in no output but where it is asked for, in no log and in no error."""

from __future__ import annotations

import logging

import pytest

from cli.terminal import Terminal
from permit_accounts.cli.options import APP_VARIABLE, DATABASE_VARIABLE, KEYS_VARIABLE
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.model.records import Account, OneTimeToken, Session
from permit_accounts.ports import Every
from permit_accounts.testing.smtp_server import SMTPServer
from permit_accounts.testing.world import PASSWORD, contractor_form, public_form

_WHY = ("--reason", "called at the counter")
_MAIL_PASSWORD = "canary-of-the-mail-server"


@pytest.mark.attack("LOG-01")
def test_no_command_shows_a_secret(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    """Every command, as text and as a document, after which everything said is searched for every secret."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    def run(*arguments: str) -> str:
        ended = terminal.run(*arguments)
        said.append(ended.out + ended.err)
        return ended.out

    run(
        "roster",
        "import",
        str(terminal.roster("1012345,Sample Builders,,", "1023456,Heron,o@heron.example.org,")),
        "--create",
    )
    portal = terminal.portal()
    signed_in = portal.register("public", public_form("ann"))
    assert isinstance(signed_in, SignedIn)
    assert isinstance(portal.register("contractor", contractor_form("1067890")), SignedIn)
    portal.request_password_reset("ann")

    issued = terminal.run("staff", "temporary-password", "1012345", *_WHY, "--checked-how", "called back").out
    password = issued.splitlines()[2].strip()
    with SMTPServer(sign_in=("permits", _MAIL_PASSWORD)) as server:
        terminal.configure(
            f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
            'username = "permits"\npassword_env = "SAMPLE_PASSWORD"\n'
        )
        terminal.set("SAMPLE_PASSWORD", _MAIL_PASSWORD)
        for more in ((), ("--json",)):
            run("staff", "activation-link", "1023456", *_WHY, *more)
            for name in ("ann", "1012345", "1023456", "1067890", "nobody", "ann@mail.example.org"):
                run("staff", "find", name, *more)
                run("staff", "history", name, "--all", *more)
                run("explain", name, *more)
            run("staff", "approve", "1067890", "1067890", *_WHY, *more)
            for act in ("disable", "enable", "open"):
                run("staff", act, "ann", *_WHY, *more)
            run("staff", "claims", *more)
            run("staff", "inbox", *more)
            run("doctor", "--smtp", *more)
            run("outbox", "deliver", *more)
            run("purge", *more)
        run("roster", "export", "-")

    text = "".join(said) + caplog.text
    assert len(said) > 40
    for secret in _secrets(terminal, signed_in, password):
        assert secret not in text


def _secrets(terminal: Terminal, signed_in: SignedIn, temporary: str) -> list[str]:
    """Everything in this city that opens something, or from which that could be made."""
    store = terminal.portal().services.store
    keys = [part.partition("=")[2] for part in terminal.keys.to_text().split()]
    hashes = [
        encoded
        for account in store.select(Account, Every(), limit=100)
        for encoded in (account.password_hash, account.answer_hash, account.temporary_hash)
        if encoded is not None
    ]
    tokens = [token.id for token in store.select(OneTimeToken, Every(), limit=100)]
    sessions = [session.id for session in store.select(Session, Every(), limit=100)]
    sealed = [terminal.keys.seal(token, "reset-password") for token in tokens]
    assert hashes
    assert tokens
    return [
        *(PASSWORD, "the marching band", _MAIL_PASSWORD, temporary, temporary.replace("-", "")),
        *(signed_in.session_token, signed_in.device_token),
        *(*keys, *hashes, *tokens, *sessions, *sealed),
    ]


@pytest.mark.attack("LOG-01")
@pytest.mark.parametrize("keys", ["seal=canarycanarycanary count=canary", "canary", "seal=" + "x" * 43])
def test_keys_that_cannot_be_read_are_not_shown(keys: str, terminal: Terminal) -> None:
    """What is wrong is said by place, not by content."""
    terminal.portal()
    terminal.set(KEYS_VARIABLE, keys)
    for arguments in (
        ("purge",),
        ("doctor",),
        ("keys", "new", "--rotate"),
        ("staff", "find", "ann", "--json"),
    ):
        ended = terminal.run(*arguments)
        assert 0 != ended.code
        assert "canary" not in ended.out + ended.err
        assert "xxxx" not in ended.out + ended.err


@pytest.mark.attack("LOG-01")
@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("oracle+oracledb://portal:canary@db/permits", "'oracle+oracledb://…'"),
        ("portal:canary@db://permits", "'…'"),
        ("portal:canary@db/permits", "'…'"),
        ("host=db password=canary", "'…'"),
        ("sqlite://canary", "'sqlite://…'"),
    ],
)
def test_the_password_of_another_database_is_not_shown(url: str, named: str, terminal: Terminal) -> None:
    """The address of one that this cannot open is named by its scheme at the most, wherever it is given."""
    file = str(terminal.roster("1012345,Sample Builders,,"))
    for act in (("purge",), ("doctor",), ("roster", "import", file, "--dry-run")):
        ended = terminal.run(*act, "--database", url)
        assert 0 != ended.code
        assert named in ended.out + ended.err
        assert "canary" not in ended.out + ended.err


@pytest.mark.attack("LOG-01")
@pytest.mark.parametrize("app", ["postgresql://portal:canary@db/permits", "json://portal:canary@db/permits"])
def test_an_address_in_the_place_of_the_application_is_not_shown(app: str, terminal: Terminal) -> None:
    """Two variables are easily taken for each other."""
    terminal.without(DATABASE_VARIABLE)
    terminal.set(APP_VARIABLE, app)

    ended = terminal.run("purge")

    assert 3 == ended.code
    assert "write a module and a name" in ended.err
    assert "canary" not in ended.out + ended.err


@pytest.mark.attack("LOG-01")
def test_no_secret_is_an_argument() -> None:
    """What can be seen by every user of the machine holds no password, answer or key: no option takes one."""
    from cli.test_tree import ALL, _resolved

    names = {name for path in ALL for parameter in _resolved(path).params for name in parameter.opts}
    words = {word for name in names for word in name.strip("-").split("-")}
    assert set() == words & {"password", "answer", "key", "keys", "token", "secret"}
