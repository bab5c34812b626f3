"""A city's settings in a TOML file: every kind of value, and every mistake with its advice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from permit_accounts.cli.city_file import CITY, CityFile, read_city_file
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import QuestionUse, ScratchOutage
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.rules.policy import Argon2Cost, Limit, Policy


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "city.toml"


def _read(file: Path, text: str) -> CityFile:
    file.write_text(text, encoding="utf-8")
    return read_city_file(str(file))


def test_an_empty_file_is_the_defaults(file: Path) -> None:
    """Nothing has to stand in it."""
    assert CityFile(policy=Policy()) == _read(file, "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('temporary_ttl = "24 hours"', {"temporary_ttl": timedelta(hours=24)}),
        ('reset_ttl = "1 hour"', {"reset_ttl": timedelta(hours=1)}),
        ('setup_grant = "90 seconds"', {"setup_grant": timedelta(seconds=90)}),
        ('audit_retention = "1000 days"', {"audit_retention": timedelta(days=1000)}),
        ('audit_retention = "forever"', {"audit_retention": None}),
        ("password_min = 20", {"password_min": 20}),
        ("hash_concurrency = 2", {"hash_concurrency": 2}),
        ("remember_me = false", {"remember_me": False}),
        (
            'reset_mails_hour = { count = 5, within = "2 hours" }',
            {"reset_mails_hour": Limit(count=5, within=timedelta(hours=2))},
        ),
        (
            "argon2 = { time_cost = 2, memory_cost = 19456, parallelism = 1 }",
            {"argon2": Argon2Cost(time_cost=2, memory_cost=19456, parallelism=1)},
        ),
        (
            "earlier_argon2 = [{ parallelism = 1 }, { memory_cost = 131072 }]",
            {"earlier_argon2": (Argon2Cost(parallelism=1), Argon2Cost(memory_cost=131072))},
        ),
        ('security_question = "off"', {"security_question": QuestionUse.OFF}),
        ('scratch_outage = "refuse"', {"scratch_outage": ScratchOutage.REFUSE}),
    ],
)
def test_every_kind_of_setting_is_read(line: str, expected: dict[str, object], file: Path) -> None:
    """What TOML has no type for is written as text or as a table."""
    policy = _read(file, f"[policy]\n{line}\n").policy
    assert expected == {name: getattr(policy, name) for name in expected}


def test_every_setting_but_two_can_be_written(file: Path) -> None:
    """The file keeps up with the policy: its every field is city, policy, or said to be Python's alone."""
    unreadable = []
    for field in attrs.fields(Policy):
        table = "city" if field.name in CITY else "policy"
        file.write_text(f"[{table}]\n{field.name} = 0.5\n")
        try:
            read_city_file(str(file))
        except ConfigurationError as error:
            if "has no setting named" in str(error):
                unreadable.append(field.name)
    assert ["account_types", "breach_check"] == unreadable


def test_links_and_languages_are_read(file: Path) -> None:
    """A portal with pages of its own says where they are."""
    read = _read(file, '[city]\nlanguages = ["en", "ru"]\n[policy]\nlinks = { reset = "/new-password" }\n')
    assert (("en", "ru"), "/new-password") == (read.policy.languages, read.policy.links.reset)


def test_strict_is_where_the_rest_begins(file: Path) -> None:
    """`strict` changes the defaults; what is written wins."""
    policy = _read(file, '[policy]\nstrict = true\ntemporary_ttl = "2 hours"\n').policy
    assert Policy.strict(temporary_ttl=timedelta(hours=2)) == policy


def test_a_mail_server_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its password comes from the variable that the file names, and is shown nowhere."""
    monkeypatch.setenv("SAMPLE_PASSWORD", "canary-of-the-mail-server")
    read = _read(
        file,
        '[smtp]\nhost = "mail.example.gov"\nport = 465\nsecurity = "tls"\n'
        'username = "permits"\npassword_env = "SAMPLE_PASSWORD"\n',
    )
    assert read.mail_server is not None
    backend = read.mail_server.backend()
    assert isinstance(backend, SMTPBackend)
    assert "canary" not in f"{read!r}{backend!r}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = [", "is no TOML file"),
        ("colour = 1", "no setting or table named colour"),
        ("city = 1", "city must be a table"),
        ("database = 1", "database must be a text"),
        ("scratch = 1", "scratch must be a text"),
        ('[policy]\nscratch_outage = "open"', "this setting is one of count-durably, refuse"),
        ('[city]\ntown = "x"', "[city] has no setting named town"),
        ('[policy]\ncity = "x"', "[policy] has no setting named city; city: it stands in [city]"),
        (
            "[city]\npassword_min = 20",
            "[city] has no setting named password_min; password_min: it stands in [policy]",
        ),
        ("[policy]\naccount_types = []", "account_types; account_types: only Python can give it"),
        ("[policy]\nstrict = 1", "strict is true or false"),
        ("[policy]\npassword_min = 3", "must be 8 to 64"),
        ('[policy]\npassword_min = "20"', "takes a whole number"),
        ("[policy]\ntemporary_ttl = 72", "temporary_ttl = 72: a time is written as"),
        ('[policy]\ntemporary_ttl = "72"', "a time is written as"),
        ('[policy]\nreset_mails_hour = "5"', "a limit is written as"),
        ('[policy]\nreset_mails_hour = { count = "5", within = "1 hour" }', "a limit is written as"),
        ('[policy]\nreset_mails_hour = { count = 5, within = "forever" }', "a limit is written as"),
        ("[policy]\nargon2 = 3", "this setting is a table"),
        (
            "[policy]\nargon2 = { passes = 3 }",
            "argon2 = {'passes': 3}: there is no passes in it, but time_cost, memory_cost, parallelism",
        ),
        (
            '[policy]\nlinks = { resett = "/x" }',
            "there is no resett in it, but setup, reset, confirm, change, cancel",
        ),
        ("[policy]\nargon2 = { memory_cost = 8 }", "below the OWASP minimum"),
        ("[policy]\nearlier_argon2 = { parallelism = 1 }", "a list of tables, each as that of argon2"),
        ("[policy]\nearlier_argon2 = [1]", "this setting is a table"),
        ('[policy]\nsecurity_question = "on"', "'on': this setting is one of off, collect, extra-step"),
        ("[policy]\nsecurity_question = 1", "this setting is one of off, collect, extra-step"),
        ('[city]\nlanguages = "en"', "a list of texts"),
        ('[city]\nbase_url = "http://example.gov"', "must be an https address"),
        ("[city]\ncity = 5", "takes a line of text"),
        ("[smtp]\nport = 25", "[smtp] needs a host"),
        ('[smtp]\nhost = " "', "[smtp] needs a host"),
        ('[smtp]\nhost = "x"\npassword = "y"', "[smtp] has no setting named password"),
        ('[smtp]\nhost = "x"\nport = "25"', "[smtp] port"),
        ('[smtp]\nhost = "x"\nport = 0', "[smtp] port"),
        ("[smtp]\nhost = 5", "[smtp] host must be a text"),
        ('[smtp]\nhost = "x"\nsecurity = "ssl"', "[smtp] security is one of"),
        ('[smtp]\nhost = "x"\nusername = "permits"', "[smtp] username and password_env"),
        ('[smtp]\nhost = "x"\npassword_env = "X"', "give both or neither"),
    ],
)
def test_a_mistake_is_named(text: str, words: str, file: Path) -> None:
    """The file and the setting are named, so that it can be mended."""
    with pytest.raises(ConfigurationError) as caught:
        _read(file, text)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_said(file: Path) -> None:
    """A mistyped path is no city with default settings."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_city_file(str(file))


def test_bytes_are_no_settings(file: Path) -> None:
    """A spreadsheet given by mistake."""
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="is no TOML file"):
        read_city_file(str(file))


def test_a_variable_without_a_password_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name."""
    monkeypatch.delenv("SAMPLE_PASSWORD", raising=False)
    text = '[smtp]\nhost = "x"\nusername = "permits"\npassword_env = "SAMPLE_PASSWORD"\n'
    server = _read(file, text).mail_server
    assert server is not None
    with pytest.raises(ConfigurationError, match="SAMPLE_PASSWORD holds no password"):
        server.backend()
