"""Every setting and every part, given wrongly: told at the start by name, and never read as "no limit"."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from permit_accounts import PUBLIC, Accounts, Argon2Cost, ConfigurationError, Keyring, Limit, Links, Policy
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.secret import Secret
from permit_accounts.registers.memory import MemoryRegister
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from permit_accounts.tools.retelling import RetoldHasher

WRONG: Final[tuple[object, ...]] = (
    None, "", " ", 0, -1, "1d", "unlimited", "10", 1.5, float("nan"), float("inf"), True, False, [], [None],
    {}, b"x", (1,), (None,), ("en", 5), object(), timedelta(0), timedelta(days=-1), timedelta.max, 10**30,
    "two\nlines", lambda: 1,
)  # fmt: skip
#: What of these is meant by the type of a setting, and only there.
MEANT: Final[Mapping[str, Callable[[object], bool]]] = {
    "city": lambda value: value in ("1d", "unlimited", "10"),
    "support_phone": lambda value: value in ("1d", "unlimited", "10"),
    "staff_email": lambda value: value is None,
    "context_words": lambda value: value in ([], {}),
    "breach_check": lambda value: value is None or callable(value),
    "hash_concurrency": lambda value: value is None,
    "earlier_argon2": lambda value: value in ([], {}),
    "imported_hashes": lambda value: value in ([], {}),
    "throttle_settle": lambda value: value == timedelta(0),
    "audit_retention": lambda value: value is None or value == timedelta.max,
    "audit_visitor_retention": lambda value: value is None or value == timedelta.max,
}
FLAGS: Final = frozenset(
    field.name for field in attrs.fields(Policy) if isinstance(getattr(Policy(), field.name), bool)
)
FIRST: Final[Mapping[type, dict[str, object]]] = {
    Limit: {"count": 1, "within": timedelta(hours=1)},
    Links: {},
    Argon2Cost: {},
}


def is_meant(name: str, value: object) -> bool:
    return name in MEANT and MEANT[name](value)


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Policy)])
def test_a_wrong_value_of_any_setting_is_told_by_name(name: str) -> None:
    """Wrong type, nothing, zero, negative, endless or misspelled: none of it is taken for "without limit"."""
    for value in WRONG:
        if is_meant(name, value) or (name in FLAGS and isinstance(value, bool)):
            city_policy(**{name: value})
            continue
        with pytest.raises(ConfigurationError) as refusal:
            city_policy(**{name: value})
        assert name in str(refusal.value)


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize(
    ("kind", "name"), [(kind, field.name) for kind in FIRST for field in attrs.fields(kind)]
)
def test_a_wrong_part_of_a_setting_is_told_by_name(kind: type[Any], name: str) -> None:
    """Limits, paths and costs of hashes are asked as the policy itself is."""
    for value in WRONG:
        with pytest.raises(ConfigurationError) as refusal:
            kind(**{**FIRST[kind], name: value})
        assert name in str(refusal.value)


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize("made", [Policy, Policy.strict, Limit, Links, Argon2Cost])
def test_a_misspelled_setting_is_told_by_name(made: Callable[..., object]) -> None:
    """What the library does not know is not ignored."""
    with pytest.raises(TypeError, match="throttle_fre"):
        made(throttle_fre=3)


def test_addresses_that_can_be_written_to_are_taken() -> None:
    """A sender with a name before it, and the desk's own mailbox."""
    named = "City of Sampleton <permits@sampleton.gov>"
    policy = city_policy(mail_from=named, staff_email="desk@sampleton.gov")

    assert "desk@sampleton.gov" == policy.staff_email


@pytest.mark.attack("CFG-01")
def test_an_endless_message_is_cut() -> None:
    """A value is shown so far that it can be recognized."""
    with pytest.raises(ConfigurationError) as refusal:
        city_policy(reset_ttl="x" * 1_000_000)

    assert len(str(refusal.value)) < 300


class AsyncHasher:
    """A hasher whose every answer is a coroutine, which counts as true."""

    async def hash(self, secret: Secret) -> str:
        return ""

    async def verify(self, encoded: str | None, secret: Secret) -> bool:
        return False

    def needs_rehash(self, encoded: str) -> bool:
        return False

    def readable(self, encoded: str) -> bool:
        return True


class SmallStore(MemoryStore):
    """A store that takes fewer changes than a flow brings."""

    max_changes = 24


class WithoutVerify:
    """A hasher of which half is missing."""

    def hash(self, secret: Secret) -> str:
        return ""


class Mute:
    """A catalog that has no language."""

    def text(self, key: str, language: str, params: Mapping[str, str]) -> str:
        return ""


PARTS: Final[tuple[tuple[str, object], ...]] = (
    ("store", "accounts.db"), ("store", "sqlite://"), ("store", ""), ("store", None), ("store", 5),
    ("store", object()), ("store", MemoryStore), ("store", SmallStore()), ("scratch", False),
    ("scratch", "localhost"), ("scratch", SmallStore()), ("scratch", Keyring.new()),
    ("keys", None), ("keys", "secret"), ("keys", b"x" * 32), ("keys", []), ("policy", None), ("policy", {}),
    ("policy", Policy), ("email", None), ("email", "smtp://localhost"), ("email", MemoryBackend),
    ("email", object()), ("email", SMTPBackend("mail", deadline=timedelta(minutes=5))),
    ("create", "no"), ("create", 1), ("create", None),
    ("registers", [("us-ca-cslb", MemoryRegister({}))]), ("registers", "us-ca-cslb"),
    ("registers", {"us-ca-csbl": MemoryRegister({})}), ("registers", {"us-ca-cslb": None}),
    ("registers", {"us-ca-cslb": MemoryRegister}),
    ("catalog", {}), ("catalog", object()), ("catalog", Mute()),
    ("hasher", object()), ("hasher", False), ("hasher", WithoutVerify()), ("hasher", AsyncHasher()),
    ("now", None), ("now", datetime(2026, 3, 2, tzinfo=UTC)), ("now", lambda: None),
    ("now", lambda: datetime(2026, 3, 2)),  # noqa: DTZ001 - naive on purpose
    ("now", lambda: datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=5, minutes=45)))),
    ("now", lambda: 0), ("random", None), ("random", b"x"), ("random", lambda count: b""),
    ("random", lambda count: "x" * count), ("random", lambda count: None),
)  # fmt: skip


def opened(**given: Any) -> Accounts:
    parts: dict[str, Any] = {
        "store": MemoryStore(),
        "keys": Keyring.new(),
        "policy": city_policy(),
        "email": MemoryBackend(),
    }
    parts |= given
    return Accounts.open(parts.pop("store"), **parts)


@pytest.mark.attack("CFG-01", "CFG-05")
@pytest.mark.parametrize(("argument", "part"), PARTS)
def test_a_wrong_part_is_told_at_the_start(argument: str, part: object) -> None:
    """Missing methods, classes for objects, clocks without a zone: told by the argument's name."""
    with pytest.raises(ConfigurationError) as refusal:
        opened(**{argument: part})

    assert (
        argument in str(refusal.value)
        or (isinstance(part, str) and repr(part) in str(refusal.value))
        or ("languages" in str(refusal.value))
    )


@pytest.mark.attack("CFG-01")
def test_a_misspelled_argument_is_told_by_name() -> None:
    """`hashers=` is not silently the default hasher."""
    with pytest.raises(TypeError, match="hashers"):
        opened(hashers=object())


def test_right_parts_are_taken() -> None:
    """All of them at once; the test above does not refuse whatever it is given."""
    accounts = opened(
        scratch=MemoryStore(),
        registers={"us-ca-cslb": MemoryRegister({})},
        now=lambda: datetime(2026, 3, 2, tzinfo=UTC),
    )

    assert "Sampleton" == accounts.policy.city


@pytest.mark.attack("CFG-05", "API-08")
@pytest.mark.parametrize("answer", [1, "yes", object(), [False], AsyncHasher()])
def test_only_true_is_a_right_password(answer: object) -> None:
    """A hasher that answers anything else, a coroutine above all, opens nothing."""

    class Lying(AsyncHasher):
        def verify(self, encoded: str | None, secret: Secret) -> bool:  # type: ignore[override]
            return answer  # type: ignore[return-value]

    assert RetoldHasher(Lying(), key=b"k" * 32).verify("x", Secret("x")) is False  # type: ignore[arg-type]


@pytest.mark.attack("CFG-05")
def test_a_city_that_overrides_a_door_keeps_the_gates() -> None:
    """What an application overrides calls the same flow: a disabled account opens at neither."""

    class Portal(Accounts):
        def sign_in(self, *args: Any, **given: Any) -> Any:
            return super().sign_in(*args, **given)

    world = World()
    portal = Portal(world.services, email=world.mailbox)
    portal.register(PUBLIC, public_form("ann"))
    world.desk().disable("ann", reason="reported stolen")

    assert "Refused" == type(portal.sign_in(PUBLIC, "ann", PASSWORD)).__name__


@pytest.mark.attack("CFG-03")
def test_without_any_extra_the_core_works_and_the_command_says_what_it_lacks(tmp_path: Path) -> None:
    """Neither click nor rich nor pytest is there: people sign in; the command names the extra and fails."""
    script = """
        import sys

        class Blocked:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {"click", "rich", "aiosmtpd", "pytest", "hypothesis"}:
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        sys.meta_path.insert(0, Blocked())
        from permit_accounts import Accounts, Keyring, Policy, PUBLIC
        from permit_accounts.email_backends.memory import MemoryBackend

        accounts = Accounts.open(
            f"sqlite:///{sys.argv[1]}",
            create=True,
            keys=Keyring.new(),
            policy=Policy(),
            email=MemoryBackend(),
        )
        print(type(accounts.sign_in(PUBLIC, "ann", "not a password of hers")).__name__)
        from permit_accounts.cli import main
        sys.exit(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path / "city.db"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "Refused\n" == done.stdout
    assert 0 != done.returncode
    assert "install permit-accounts with its extra [cli]" in done.stderr
    assert "Traceback" not in done.stderr
