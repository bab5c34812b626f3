"""Hashes of an earlier portal: stored under Argon2 at once, checked by the right password, equal in work."""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs
import pytest
from argon2.exceptions import HashingError
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.errors import ConfigurationError, TryAgainLater
from permit_accounts.model.secret import Secret
from permit_accounts.rules.old_costs import NUMBERS, OldScheme, parse_declared
from permit_accounts.rules.old_hashes import OldHash, OldHashFault, parse_old_hash
from permit_accounts.rules.policy import Policy
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.hasher_contract import HasherContract
from permit_accounts.tools import old_digests
from permit_accounts.tools.encoded_hash import AnyCost, from_text
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.keyring import Keyring
from tools.old_portal import DECLARED, FORMS, GOLDEN, PASSWORD, made_by_the_libraries

RIGHT = Secret(PASSWORD)
WRONG = Secret("lantern drift 7é")
PEPPER = hashlib.sha256(b"pepper").digest()
B22 = "abcdefghijklmnopqrstuu"
B31 = "o5MadF1C38p1ZvdKybhzkuZ1/FSDECe"


def ring(pepper: Mapping[str, bytes] | None) -> Keyring:
    seal, count = hashlib.sha256(b"seal").digest(), hashlib.sha256(b"count").digest()
    return Keyring(seal=[seal], count=count, pepper=pepper)


def old(text: str) -> OldHash:
    read = parse_old_hash(text)
    assert isinstance(read, OldHash)
    return read


def hasher(*, declared: Sequence[str] = DECLARED, pepper: bool = False, memory: int = 16) -> CheapHasher:
    return CheapHasher(ring({"v1": PEPPER} if pepper else None), memory_cost=memory, imported=declared)


class TestContractWithDeclaredHashes(HasherContract):
    """Whatever is declared, a hasher keeps the port's promises."""

    @pytest.fixture
    def hasher(self) -> CheapHasher:
        return hasher()


class _TakesOver(CheapHasher):
    """Stores every secret as if it came from an earlier portal, so that the contract looks at that."""

    scheme = "pbkdf2_sha256"

    def hash(self, secret: Secret) -> str:
        text = secret.reveal().encode("utf-8", "surrogatepass")
        decoy = old_digests.decoy(_KIND[self.scheme], _NUMBERS[self.scheme], self._random)
        scheme = attrs.evolve(decoy, name=self.scheme)
        return self.take_over(OldHash(scheme, old_digests.digest_of(text, scheme)))


_KIND = {"pbkdf2_sha256": "pbkdf2_sha256", "scrypt": "scrypt", "bcrypt_sha256": "bcrypt", "argon2i": "argon2"}
_NUMBERS = {"pbkdf2_sha256": (9,), "scrypt": (1024, 8, 1), "bcrypt_sha256": (4,), "argon2i": (8, 1, 1)}


@pytest.mark.parametrize("scheme", _KIND, scope="class")
@pytest.mark.attack("PWD-03", "PWD-05", "HASH-02")
class TestContractOfWrappedHashes(HasherContract):
    """Every character counts, NUL ends nothing and empty is never right, under the old schemes too."""

    @pytest.fixture
    def hasher(self, scheme: str) -> CheapHasher:
        made = _TakesOver(
            Keyring.new(),
            imported=[
                "pbkdf2_sha256:rounds=9",
                "scrypt:n=1024,r=8,p=1",
                "bcrypt:cost=4",
                "argon2:m=8,t=1,p=1",
            ],
        )
        made.scheme = scheme
        return made

    def test_fresh_hash_needs_no_other(self, hasher: CheapHasher) -> None:  # type: ignore[override]
        """It does: what was taken over is hashed plainly at the next sign-in."""
        assert hasher.needs_rehash(hasher.hash(RIGHT))


# ------------------------------------------------------------------------------------------ right and wrong


@pytest.mark.parametrize("pepper", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_right_password_and_no_other(form: str, pepper: bool) -> None:
    """Made by the real library just now, and as it made it once."""
    ours = hasher(pepper=pepper)
    for text in (made_by_the_libraries()[form], GOLDEN[form]):
        stored = ours.take_over(old(text))
        assert ours.verify(stored, RIGHT)
        assert not ours.verify(stored, WRONG)
        assert not ours.verify(stored, Secret(text))
        assert ours.readable(stored)
        assert ours.needs_rehash(stored)


@pytest.mark.parametrize("form", FORMS)
def test_no_digest_is_at_rest(form: str) -> None:
    """What is stored names scheme, cost and salt; of the digest nothing is left, in any spelling."""
    read = old(GOLDEN[form])
    stored = hasher(pepper=True).take_over(read)
    kept = from_text(stored)

    assert kept is not None
    assert read.scheme == kept.inner
    assert "v1" == kept.pepper_id
    assert kept.tag != read.digest
    ending = GOLDEN[form][-20:].rstrip("=")
    assert ending not in stored
    assert len(stored) <= 255


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_text_verifies_for_itself_alone(text: str, other: str) -> None:
    """Whatever is typed; a NUL and what lies beyond bcrypt's 72 octets make it nobody's."""
    for scheme in (OldScheme("pbkdf2_sha1", (1,), b"s", 20), OldScheme("bcrypt", (4,), B22.encode(), 31)):
        ours = CheapHasher(Keyring.new(), imported=["pbkdf2_sha1:rounds=1", "bcrypt:cost=4"])
        octets = text.encode("utf-8", "surrogatepass")
        stored = ours.take_over(OldHash(scheme, old_digests.digest_of(octets, scheme)))
        assert (bool(text) and text == other) == ours.verify(stored, Secret(other))


@pytest.mark.parametrize("extra", ["tail", "\0", "\0tail"])
def test_what_bcrypt_would_not_look_at_is_never_right(extra: str) -> None:
    """An old portal cut a long password; here its owner sets a new one, for a wrong tail must not do."""
    ours = hasher()
    start = "x" * 72
    import_of = parse_old_hash(
        "$2b$04$"
        + B22
        + old_digests.digest_of(start.encode(), OldScheme("bcrypt", (4,), B22.encode(), 31)).decode()
    )
    assert isinstance(import_of, OldHash)
    stored = ours.take_over(import_of)

    assert ours.verify(stored, Secret(start))
    assert not ours.verify(stored, Secret(start + extra))


@pytest.mark.parametrize("scheme", ["pbkdf2_sha256", "pbkdf2_sha1", "scrypt"])
def test_a_nul_behind_the_password_is_wrong(scheme: str) -> None:
    """HMAC fills its key up with NULs, so that to PBKDF2 both are one."""
    ours = hasher()
    stored = ours.take_over(old(GOLDEN[scheme]))

    assert ours.verify(stored, RIGHT)
    assert not ours.verify(stored, Secret(PASSWORD + "\0"))


# ---------------------------------------------------------------------------------------------- equal work


def spent(ours: CheapHasher) -> tuple[Counter[str], int]:
    """The old work by kind, in units that add up, and Argon2's own."""
    old_work: Counter[str] = Counter()
    for name, numbers in ours.old_calls:
        match name:
            case "pbkdf2_sha256" | "pbkdf2_sha1":
                old_work[name] += numbers[0]
            case "bcrypt" | "bcrypt_sha256":
                old_work["bcrypt"] += 2 ** numbers[0]
            case "scrypt":
                old_work["scrypt"] += numbers[0] * numbers[1] * numbers[2]
            case _:
                old_work["argon2"] += numbers[0] * numbers[1]
    ours_work = sum(t * m for _, t, m in ours.calls)
    ours.old_calls.clear()
    ours.calls.clear()
    return old_work, ours_work


@pytest.mark.attack("ENUM-02", "ENUM-03")
@pytest.mark.parametrize("secret", [RIGHT, WRONG, Secret(""), Secret("x" * 90), Secret("x\0")])
@pytest.mark.parametrize("form", [*FORMS, "native", "no hash", "no password", "undeclared"])
def test_every_name_costs_the_same(form: str, secret: Secret) -> None:
    """Known by an old hash or by one of ours, without a password, unknown; right or wrong."""
    ours = hasher()
    stored = {
        "native": ours.hash(RIGHT),
        "no hash": "x",
        "no password": None,
        "undeclared": hasher(declared=["pbkdf2_sha256:rounds=5000"]).take_over(
            old(GOLDEN["pbkdf2_sha256"].replace("$3000$", "$5000$"))
        ),
    }.get(form) or (ours.take_over(old(GOLDEN[form])) if form in GOLDEN else None)
    if form == "no hash":
        stored = "x"
    spent(ours)

    ours.verify(stored, secret)

    whole = Counter(pbkdf2_sha256=3000, pbkdf2_sha1=2000, bcrypt=64, scrypt=2048 * 8 * 2, argon2=128)
    assert (whole, 16) == spent(ours)


@given(st.integers(8, 80), st.integers(1, 4))
def test_what_an_argon2_hash_leaves_is_made_up(memory: int, passes: int) -> None:
    """To within one step of Argon2, as for our own older hashes."""
    declared = parse_declared("argon2:m=80,t=4,p=1")
    assert declared is not None
    scheme = OldScheme("argon2id", (memory, passes, 1), b"saltsalt", 32)

    assert declared.covers(scheme)
    rest = sum(m * t for m, t, _ in declared.rest(scheme))
    assert 0 <= 320 - memory * passes - rest < 4 * 8


@given(st.integers(10, 13), st.integers(1, 3), st.integers(10, 13), st.integers(1, 3))
def test_what_scrypt_leaves_is_made_up_exactly(log_n: int, p: int, most_log_n: int, most_p: int) -> None:
    """Or it is not covered: where it costs more, or as much work would be done in other memory and time."""
    declared = parse_declared(f"scrypt:n={2**most_log_n},r=8,p={most_p}")
    assert declared is not None
    scheme = OldScheme("scrypt", (2**log_n, 8, p), b"s", 64)

    covered = log_n == most_log_n and p <= most_p
    assert covered == declared.covers(scheme)
    if covered:
        rest = sum(n * lanes for n, _, lanes in declared.rest(scheme))
        assert 2**most_log_n * most_p == 2**log_n * p + rest


def test_two_costs_of_one_kind_are_both_spent_once() -> None:
    """A portal that changed its block size has hashes of both."""
    ours = hasher(declared=["scrypt:n=2048,r=8,p=1", "scrypt:n=2048,r=4,p=1"])
    stored = ours.take_over(attrs.evolve(old(GOLDEN["scrypt of less"])))

    assert ours.verify(stored, RIGHT)
    assert [("scrypt", (2048, 8, 1)), ("scrypt", (2048, 4, 1))] == ours.old_calls


def test_nothing_declared_costs_nothing() -> None:
    """A city without an earlier portal pays for none."""
    ours = hasher(declared=())
    ours.verify(ours.hash(RIGHT), RIGHT)

    assert [] == ours.old_calls


# ---------------------------------------------------------------------------------------- hostile and wrong

UNKNOWN = [
    "",
    "!unusable",
    "x" * 1_000_000,
    "plain password",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
    "pbkdf2_sha512$1000$salt$AAAA",
    "pbkdf2_sha256$-1$salt$" + "A" * 43 + "=",
    "pbkdf2_sha256$01000$salt$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$" + "s" * 65 + "$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$" + "é" * 40 + "$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$salt$" + "A" * 43,
    "pbkdf2_sha256$1000$salt$" + "A" * 42 + "B=",
    "pbkdf2_sha256$1000$salt$AAAA",
    "pbkdf2_sha256$1000$salt$",
    "pbkdf2_sha256$١٠٠٠$salt$" + "A" * 43 + "=",
    "pbkdf2_sha256$1000$salt$" + "A" * 43 + "=\n",
    "$2x$12$" + B22 + B31,
    "$2b$12$" + B22 + B31[:-1],
    "$2b$12$" + B22 + B31 + ".",
    "$2b$1$" + B22 + B31,
    "$2b$12$" + B22[:-1] + "v" + B31,
    "$argon2d$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$v=16$m=64,t=2,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$m=64,t=2,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$v=19$m=64,t=2,p=1$c2FsdA$" + "A" * 43,
    "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$AAAA",
    "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$" + "A" * 41,
    "$argon2id$v=19$m=64,t=2,p=1$" + "A" * 88 + "$" + "A" * 43,
    "scrypt$1024$salt$8$1$AAAA",
]
COSTLY = [
    "pbkdf2_sha256$10000000$salt$" + "A" * 43 + "=",
    "pbkdf2_sha256$0$salt$" + "A" * 43 + "=",
    "pbkdf2_sha1$9999999999$salt$" + "A" * 27 + "=",
    f"scrypt${2**30}$salt$8$1$" + "A" * 86 + "==",
    "scrypt$1000$salt$8$1$" + "A" * 86 + "==",
    "scrypt$3000$salt$8$1$" + "A" * 86 + "==",
    "scrypt$16384$salt$0$1$" + "A" * 86 + "==",
    "scrypt$16384$salt$8$4294967295$" + "A" * 86 + "==",
    "scrypt$131072$salt$16$16$" + "A" * 86 + "==",
    "$2b$31$" + B22 + B31,
    "$2b$15$" + B22 + B31,
    "$2b$03$" + B22 + B31,
    "bcrypt_sha256$$2b$99$" + B22 + B31,
    "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$v=19$m=262144,t=5,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$v=19$m=64,t=4294967295,p=1$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2id$v=19$m=64,t=1,p=16$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2i$v=19$m=64,t=1,p=17$c2FsdHNhbHQ$" + "A" * 43,
    "$argon2i$v=19$m=0,t=1,p=0$c2FsdHNhbHQ$" + "A" * 43,
]


@pytest.mark.attack("HASH-02")
@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_no_old_hash_is_refused(text: str) -> None:
    """Plain passwords, fast hashes, other schemes, damaged ones: nothing is guessed at."""
    assert OldHashFault.UNKNOWN is parse_old_hash(text)


@pytest.mark.attack("HASH-08")
@pytest.mark.parametrize("text", COSTLY)
def test_a_planted_cost_is_refused_and_never_computed(text: str) -> None:
    """Ten million rounds, a gibibyte of memory: neither at the import nor, stored by hand, at a sign-in."""
    assert OldHashFault.TOO_COSTLY is parse_old_hash(text)


@pytest.mark.attack("HASH-02", "HASH-08")
@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("rounds=3000", "rounds=3001"),
        ("rounds=3000", "rounds=10000000"),
        ("rounds=3000", "rounds=03000"),
        ("rounds=3000", "rounds="),
        ("rounds=3000", "rounds"),
        ("rounds=3000", "cost=3000"),
        ("rounds=3000", "rounds=3000,rounds=3000"),
        ("pbkdf2_sha256:", "pbkdf2_md5:"),
        ("pbkdf2_sha256:", "scrypt:"),
        (":32:", ":31:"),
        (":c2FsdHNhbHQ:", ":c2FsdHNhbHR:"),
        (":c2FsdHNhbHQ:", ":c2Fsd:"),
        (":c2FsdHNhbHQ:", "::"),
        ("w:", ""),
        ("w:", "w:w:"),
    ],
)
def test_a_stored_hash_that_was_changed_fails_closed(part: str, other: str) -> None:
    """It verifies nothing, costs what all cost, and is told from a good one."""
    ours = hasher(declared=["pbkdf2_sha256:rounds=3000"])
    stored = ours.take_over(old(GOLDEN["pbkdf2_sha256"]))
    assert part in stored
    changed = stored.replace(part, other, 1)
    spent(ours)

    assert not ours.verify(changed, RIGHT)

    assert (Counter(pbkdf2_sha256=3000), 16) == spent(ours)
    assert not ours.readable(changed)


def test_what_nobody_declared_is_not_taken() -> None:
    """And the message says the line that declares it."""
    ours = hasher(declared=["pbkdf2_sha256:rounds=2999", "bcrypt:cost=5"])
    with pytest.raises(ConfigurationError, match=r"imported_hashes=\('pbkdf2_sha256:rounds=3000',\)"):
        ours.take_over(old(GOLDEN["pbkdf2_sha256"]))

    stored = hasher().take_over(old(GOLDEN["pbkdf2_sha256"]))
    assert not ours.readable(stored)


@pytest.mark.parametrize(
    "declared",
    [
        "pbkdf2_sha256",
        "pbkdf2_sha256:rounds=10000000",
        "pbkdf2_sha256:rounds=0",
        "md5:rounds=1",
        "bcrypt:rounds=12",
        "bcrypt:cost=31",
        "scrypt:n=16384",
        "scrypt:n=1073741824,r=8,p=1",
        "scrypt:r=8,n=16384,p=1",
        12,
        None,
    ],
)
def test_a_senseless_declaration_is_refused(declared: object) -> None:
    """By the policy and by the hasher, each naming what it takes."""
    with pytest.raises(ConfigurationError, match=r"imported_hashes=…. takes a tuple of costs such as"):
        Policy(imported_hashes=(declared,))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="is no cost of an earlier portal's hashes"):
        hasher(declared=[declared])  # type: ignore[list-item]


def test_a_declaration_is_one_text_of_a_tuple() -> None:
    """A bare text is not read as its letters."""
    with pytest.raises(ConfigurationError, match="takes a tuple"):
        Policy(imported_hashes="bcrypt:cost=12")  # type: ignore[arg-type]
    assert ("bcrypt:cost=12",) == Policy(imported_hashes=["bcrypt:cost=12"]).imported_hashes  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
def test_a_cost_reads_as_it_is_declared(form: str) -> None:
    """What an import says to declare is what the policy takes."""
    cost = old(GOLDEN[form]).scheme.cost

    assert cost == parse_declared(cost.text)
    assert cost.kind in NUMBERS


# --------------------------------------------------------------------------------------- kept as they are


def argon2_text(memory: int, passes: int, *, lanes: int = 1) -> str:
    return Argon2WithoutFloor(AnyCost(passes, memory, lanes), Keyring.new()).hash(RIGHT)


def todays(memory: int, passes: int, *, pepper: bool = False) -> Argon2WithoutFloor:
    return Argon2WithoutFloor(AnyCost(passes, memory, 1), ring({"v1": PEPPER} if pepper else None))


def test_argon2_that_a_city_may_choose_is_kept() -> None:
    """At OWASP's minimum or above it, and not above today's, which would be seen by its time."""
    minimum = argon2_text(19456, 2)

    assert todays(19456, 2).keeps(minimum)
    assert todays(65536, 3).keeps(minimum)
    assert not todays(19455, 2).keeps(minimum)
    assert not todays(19456, 2).keeps(argon2_text(19456, 1))


@pytest.mark.attack("ENUM-03")
def test_what_takes_another_time_or_more_memory_is_not_kept() -> None:
    """The same work in other lanes takes another time; in one pass it takes all its memory at once."""
    assert not todays(65536, 3).keeps(argon2_text(19456, 2, lanes=4))
    assert todays(19456, 4).keeps(argon2_text(19456, 3))
    assert not todays(19456, 4).keeps(argon2_text(47104, 1))


def test_nothing_else_is_kept() -> None:
    """With a pepper every hash gets it at once; a wrapped one, a text or nothing is no hash to keep."""
    minimum = argon2_text(19456, 2)

    assert not todays(19456, 2, pepper=True).keeps(minimum)
    assert not todays(19456, 2).keeps("x")
    assert not hasher().keeps(hasher().take_over(old(GOLDEN["scrypt"])))


# --------------------------------------------------------------------------------- faults and what is shown


def test_without_the_package_bcrypt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the city is opened, not at somebody's sign-in."""
    monkeypatch.setattr(old_digests, "_bcrypt_hashpw", None)

    with pytest.raises(ConfigurationError, match=r"install permit-accounts with its extra \[bcrypt\]"):
        hasher(declared=["bcrypt:cost=6"])
    assert hasher(declared=["scrypt:n=1024,r=8,p=1"]).hash(RIGHT)


def test_the_core_loads_without_the_package() -> None:
    """Whoever brings no bcrypt hashes installs nothing for them."""
    source = old_digests.__spec__
    assert source is not None
    assert source.loader is not None
    blocked, sys.modules["bcrypt"] = sys.modules.get("bcrypt"), None  # type: ignore[assignment]
    try:
        from importlib.util import module_from_spec

        fresh = module_from_spec(source)
        source.loader.exec_module(fresh)
    finally:
        if blocked is not None:
            sys.modules["bcrypt"] = blocked
    assert fresh._bcrypt_hashpw is None


@pytest.mark.attack("LOG-03")
@pytest.mark.parametrize("fault", [HashingError, MemoryError, KeyboardInterrupt])
def test_whatever_goes_wrong_shows_no_password(fault: type[BaseException]) -> None:
    """In the old work as in ours."""

    def failing(text: bytes, scheme: OldScheme) -> bytes:
        raise fault("out of memory")

    ours = Argon2WithoutFloor(
        AnyCost(1, 8, 1), Keyring.new(), imported=["pbkdf2_sha256:rounds=3000"], compute_old=failing
    )
    stored = hasher().take_over(old(GOLDEN["pbkdf2_sha256"]))
    for encoded in (None, stored):
        with pytest.raises(TryAgainLater if fault is HashingError else fault) as told:
            ours.verify(encoded, RIGHT)
        report = traceback.TracebackException.from_exception(told.value, capture_locals=True)
        assert PASSWORD not in "".join(report.format())


def test_values_show_no_digest() -> None:
    """Neither an old hash nor how it is made shows what it was made of."""
    read = old(GOLDEN["scrypt"])

    assert "saltsalt" not in repr(read) + repr(read.scheme)
    assert "digest" not in repr(read)
