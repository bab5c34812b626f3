"""Keys: three rings, one purpose a salt, and no key that anybody could guess."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Mapping, Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts import ConfigurationError, Keyring
from permit_accounts.accounts import Accounts
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import Purpose
from permit_accounts.model.secret import Secret
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import World, city_policy
from permit_accounts.tools.keyring import DEVICE, SESSION

ONE = bytes(range(32))
TWO = bytes(range(32, 64))
THREE = bytes(range(64, 96))
FOUR = bytes(range(96, 128))


def opened(ring: Keyring, token: str, purpose: str = SESSION) -> str | None:
    return ring.open(Secret(token), purpose)


def test_what_is_sealed_opens_for_its_purpose_only() -> None:
    """A salt per purpose: a session token is no reset link, and no device token either."""
    ring = Keyring(seal=[ONE], count=TWO)
    sealed = ring.seal("an-id", SESSION)

    assert "an-id" == opened(ring, sealed)
    assert [None] * 7 == [opened(ring, sealed, purpose) for purpose in (*Purpose, DEVICE)]


def test_the_newest_seals_and_all_open() -> None:
    """Rotation: what was sealed before goes on, and what is sealed now is by the new key."""
    before = Keyring(seal=[ONE], count=TWO)
    after = Keyring(seal=[THREE, ONE], count=TWO)

    assert "an-id" == opened(after, before.seal("an-id", SESSION))
    assert Keyring(seal=[THREE], count=TWO).seal("an-id", SESSION) == after.seal("an-id", SESSION)
    assert opened(before, after.seal("an-id", SESSION)) is None


def test_a_seal_has_an_id_that_may_be_written_down() -> None:
    """It is the same wherever the key is, differs from key to key, and shows nothing of the key."""
    here, there = Keyring(seal=[ONE, THREE], count=TWO), Keyring(seal=[THREE], count=ONE)

    assert here.seal_ids[1:] == there.seal_ids
    assert 2 == len(set(here.seal_ids))
    assert [16, 16] == [len(seal_id) for seal_id in here.seal_ids]
    assert not any(seal_id in here.to_text() for seal_id in here.seal_ids)


def test_a_ring_may_seal_with_an_older_key() -> None:
    """What reads only the older key can open it, and the ring opens what it opened."""
    ring = Keyring(seal=[THREE, ONE], count=TWO, pepper={"v1": FOUR})
    old, new = Keyring(seal=[ONE], count=TWO), Keyring(seal=[THREE], count=TWO)

    by_old, by_new = (ring.sealing_with(*one.seal_ids) for one in (old, new))

    assert by_old is not None
    assert by_new is ring
    assert "an-id" == opened(old, by_old.seal("an-id", SESSION))
    assert "an-id" == opened(by_old, new.seal("an-id", SESSION))
    assert (ring.counted("ann"), ("v1",)) == (by_old.counted("ann"), by_old.pepper_ids)
    assert old.sealing_with(*new.seal_ids) is None


@pytest.mark.parametrize(("keep", "expected"), [(True, "an-id"), (False, None)])
def test_a_new_seal_keeps_the_old_ones_or_ends_everything(keep: bool, expected: str | None) -> None:
    """The yearly rotation signs nobody out; the one after a restore signs everybody out."""
    ring = Keyring(seal=[ONE], count=TWO, pepper={"v1": THREE})
    token = ring.seal("an-id", SESSION)

    fresh = ring.with_new_seal(keep=keep)

    assert expected == opened(fresh, token)
    assert ("v1",) == fresh.pepper_ids
    assert ring.counted("ann") == fresh.counted("ann")


@given(st.text(max_size=300))
def test_no_text_opens_anything(text: str) -> None:
    """Garbage is nothing, whatever it is made of."""
    assert opened(Keyring(seal=[ONE], count=TWO), text) is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-:", min_size=1, max_size=120))
def test_every_id_comes_back(opaque_id: str) -> None:
    """Sealing and opening are each other's inverse for every id that the library makes."""
    ring = Keyring(seal=[ONE], count=TWO)

    assert opaque_id == opened(ring, ring.seal(opaque_id, DEVICE), DEVICE)


def test_a_signature_of_the_right_shape_by_another_key_is_nothing() -> None:
    """The shape lets it through to the signature, and no further."""
    token = Keyring(seal=[THREE], count=TWO).seal("an-id", SESSION)

    assert opened(Keyring(seal=[ONE], count=TWO), token) is None


def test_names_are_counted_under_what_nobody_can_undo() -> None:
    """The same name has the same count, another key another; surrogates are names too."""
    ring = Keyring(seal=[ONE], count=TWO)

    assert ring.counted("ann") == ring.counted("ann")
    assert ring.counted("ann") != ring.counted("Ann")
    assert ring.counted("ann") != Keyring(seal=[ONE], count=THREE).counted("ann")
    assert "ann" not in ring.counted("ann")
    assert ring.counted("\ud800")


def test_peppers_are_found_by_id() -> None:
    """Newest first; an id that is not there is None."""
    ring = Keyring(seal=[ONE], count=TWO, pepper={"v2": THREE, "v1": FOUR})

    assert ("v2", "v1") == ring.pepper_ids
    assert (THREE, None) == (ring.pepper("v2"), ring.pepper("v3"))


@pytest.mark.attack("TOK-18")
@pytest.mark.parametrize(
    ("seal", "count", "pepper"),
    [
        ([], TWO, None),
        ([b""], TWO, None),
        ([b"short"], TWO, None),
        ([ONE[:31]], TWO, None),
        ([b"changeme" * 8], TWO, None),
        ([b"x" * 32], TWO, None),
        ([b"my-secret-key-my-secret-key-1234567"], TWO, None),
        ([ONE], ONE, None),
        ([ONE, ONE], TWO, None),
        ([ONE], TWO, {"v1": ONE}),
        ([ONE], TWO, {"v1": b"short"}),
        (["a text of more than thirty-two characters"], TWO, None),
        ([ONE], None, None),
    ],
)
def test_no_weak_repeated_or_missing_key_is_taken(
    seal: Sequence[bytes], count: bytes, pepper: Mapping[str, bytes] | None
) -> None:
    """There is no default key, and none that stands in an example (ASVS 5.0, 13.3.1)."""
    with pytest.raises(ConfigurationError, match="Keyring"):
        Keyring(seal=seal, count=count, pepper=pepper)


@pytest.mark.attack("TOK-18", "CFG-01")
@pytest.mark.parametrize("keys", [None, "", "changeme", b"x" * 32])
def test_accounts_do_not_open_without_a_keyring(keys: object) -> None:
    """Nothing is generated silently, and no text is taken for keys."""
    with pytest.raises(ConfigurationError, match="Keyring"):
        Accounts.open(MemoryStore(), keys=keys, policy=city_policy(), email=MemoryBackend())  # type: ignore[arg-type]


def test_keys_survive_the_way_through_a_text() -> None:
    """What is printed for the environment is what is read from it."""
    ring = Keyring(seal=[ONE, THREE], count=TWO, pepper={"v1": FOUR})

    again = Keyring.from_text(ring.to_text())

    assert ring.to_text() == again.to_text()
    assert "an-id" == opened(again, ring.seal("an-id", SESSION))


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seal=abc", "exactly one count"),
        ("nonsense", "entry 1"),
        ("seal=!!!", "entry 1"),
        ("seal=abc count=abc count=abd", "exactly one count"),
        ("pepper.v1=abc pepper.v1=abd", "two peppers"),
        ("count=abc", "at least one key"),
        ("seal=" + "abc" * 15, "entry 1"),
        (f"seal={'abc' * 14}x count=abc", "seal.0. key"),
    ],
)
def test_a_text_that_is_no_keys_is_refused_without_being_shown(text: str, said: str) -> None:
    """The message says which entry is wrong and never what stands in it."""
    with pytest.raises(ConfigurationError, match=said) as raised:
        Keyring.from_text(text)
    assert "abc" not in str(raised.value)


def test_the_environment_holds_keys_or_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing variable names the file to load before the command; a wrong one names the variable."""
    monkeypatch.delenv("CITY_KEYS", raising=False)
    with pytest.raises(
        ConfigurationError, match=r"load the file that holds the city's\. Only a new city .*keys new"
    ):
        Keyring.from_env("CITY_KEYS")
    monkeypatch.setenv("CITY_KEYS", "nonsense")
    with pytest.raises(ConfigurationError, match="CITY_KEYS: entry 1"):
        Keyring.from_env("CITY_KEYS")
    monkeypatch.setenv("CITY_KEYS", Keyring.new().to_text())
    assert Keyring.from_env("CITY_KEYS").seal("an-id", SESSION)


@pytest.mark.attack("LOG-01")
def test_keys_are_never_shown_or_copied_out() -> None:
    """A ring says how many keys it has; a secret says nothing."""
    ring = Keyring(seal=[ONE], count=TWO, pepper={"v1": THREE})

    assert "Keyring(1 seals, peppers ['v1'])" == repr(ring)
    for value in (ring, Secret("a text")):
        with pytest.raises(TypeError):
            copy.copy(value)
    assert ("Secret(***)", "***", "***") == (
        repr(Secret("a text")),
        str(Secret("a text")),
        f"{Secret('a text'):>3}",
    )
    assert (True, False) == (bool(Secret("x")), bool(Secret("")))


SLIPS = [" nonsense", " seal=AAAAA", " count=abc", " pepper.v1=abc", " pepper.v2=abc"]


def _from_environment(text: str) -> Keyring:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITY_KEYS", text)
        return Keyring.from_env("CITY_KEYS")


def _from_arguments(text: str) -> Keyring:
    return Keyring(seal=[ONE], count=TWO, pepper={"v1": THREE, "v2": b"short"})


@pytest.mark.attack("LOG-01", "LOG-03")
@pytest.mark.parametrize(
    ("made", "slip"),
    [
        *((Keyring.from_text, slip) for slip in SLIPS),
        *((_from_environment, slip) for slip in SLIPS),
        (_from_arguments, ""),
    ],
)
def test_a_slip_in_one_key_shows_none_of_the_others(made: Callable[[str], Keyring], slip: str) -> None:
    """Crash reporters print the variables of every frame: the library's hold no key, whatever is wrong."""
    ring = Keyring(seal=[ONE], count=TWO, pepper={"v1": THREE})

    with pytest.raises(ConfigurationError) as told:
        made(ring.to_text() + slip)

    shown = ""
    error: BaseException | None = told.value
    while error is not None:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        report.stack[:] = [frame for frame in report.stack if "permit_accounts" in frame.filename]
        shown += "".join(report.stack.format())
        error = error.__context__
    assert "Keyring" in shown
    assert [] == [entry for entry in ring.to_text().split() if entry.partition("=")[2] in shown]
    assert [] == [key for key in (ONE, TWO, THREE) if repr(key)[2:20] in shown]


def test_chance_comes_from_the_services_alone() -> None:
    """What is random is drawn from the operating system: no two ids, tokens or keys are ever alike."""
    world = World()
    drawn = [world.services.new_secret_id() for _ in range(1000)]
    drawn += [world.services.new_id(world.now()) for _ in range(1000)]

    assert 2000 == len(set(drawn))
    assert {43} == {len(text) for text in drawn[:1000]}
    constant = attrs.evolve(world.services, random=lambda n: b"\x07" * n)
    assert constant.new_secret_id() == constant.new_secret_id()
