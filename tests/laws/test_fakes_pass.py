"""Law 8: whatever stands in for a port is held to the same contract as the real one, so each port has one."""

from __future__ import annotations

import ast
import textwrap

import pytest

from laws.source_tree import PACKAGE
from laws.stand_ins import PORTS, classes, held, in_tests, of_files, on_their_own, real
from permit_accounts import testing

#: What stands alone, and why.
ON_ITS_OWN = {
    "cli/test_tour.py:_Forgetful": "keeps nothing, which the tour has to notice",
    "hostile/test_plugged_in.py:Board": "does what no contract allows, and is contained",
    "hostile/test_plugged_in.py:Post": "does what no contract allows, and is contained",
    "test_configuration.py:AsyncHasher": "is refused where the library is opened",
    "test_configuration.py:Lying": "is refused where the library is opened",
    "test_configuration.py:Mute": "is refused where the library is opened",
    "test_configuration.py:WithoutVerify": "is refused where the library is opened",
    "tools/test_parts.py:Half": "is refused where the library is opened",
    "testing/test_email_contract.py:Careless": "is what the contract has to find",
    "typing/uses.py:Drawer": "is read by a type checker and never run",
    "typing/uses.py:Pigeon": "is read by a type checker and never run",
    "typing/uses.py:Shelf": "is read by a type checker and never run",
}


def test_every_port_was_found() -> None:
    """The list below is read from the module, so a new port cannot be forgotten."""
    assert {"Store", "EmailBackend", "LicenseRegister", "Hasher", "Catalog"} <= set(PORTS)


def test_every_port_has_a_contract() -> None:
    """`permit_accounts.testing` has a `<Port>Contract` for each, with tests in it."""
    contracts = {name: getattr(testing, f"{name}Contract", None) for name in PORTS}
    assert [] == [name for name, contract in contracts.items() if contract is None]
    empty = [
        name
        for name, contract in contracts.items()
        if not any(method.startswith("test_") for method in dir(contract))
    ]
    assert [] == empty


def test_every_contract_is_kept_by_somebody() -> None:
    """A contract that nobody is held to proves nothing: some test subclasses each."""
    kept = {parent for one in in_tests() for parent in one.parents}
    assert {f"{name}Contract" for name in PORTS} <= kept


def test_whatever_stands_in_for_a_port_is_held_to_its_contract() -> None:
    """Derived from a real one, handing on to one, or held to a contract; each exception has its reason."""
    found = in_tests()
    kit = of_files(PACKAGE, (PACKAGE / "testing").rglob("*.py"))

    assert sorted(ON_ITS_OWN) == sorted(on_their_own([*found, *kit], real() | held(found)))


def test_the_stand_ins_were_read() -> None:
    """The test above reads some: wrapped ones, derived ones and nested ones."""
    names = {one.name for one in in_tests() if one.methods()}
    assert {
        "interleaving.py:Interleaved",
        "flows/people.py:Register",
        "outbox/test_workers.py:Stalling",
    } <= names


STANDING_ALONE = {
    "a store that only notes": (
        "def select(self, *a, **k):\n  return []\n def commit(self, *c):\n  self.c += c"
    ),
    "half a store of its own": (
        "def select(self, *a, **k):\n  return self.s.select(*a, **k)\n def commit(self, *c):\n  self.c += c"
    ),
    "mail that is dropped": "def send(self, message):\n  pass",
    "a board that knows everybody": "def lookup(self, authority, number):\n  return ANSWER",
    "a hasher that hashes nothing": "def hash(self, secret):\n  return secret.reveal()",
    "a catalog of one text": "def text(self, key, language, params):\n  return key",
    "a fault now and then, else its own answer": (
        "def lookup(self, a, n):\n  if n:\n   raise Unavailable('x')\n  return ANSWER"
    ),
}
REAL = {
    "derived": "class Fake(MemoryStore):\n def commit(self, *c):\n  pass",
    "handing on": "class Fake:\n def send(self, m):\n  self.n += 1\n  return self.inner.send(m)",
    "always out of reach": "class Fake:\n def lookup(self, a, n):\n  raise Unavailable('x')",
    "no stand-in": "class Fake:\n def sign_in(self):\n  return 1",
}


@pytest.mark.parametrize("body", STANDING_ALONE.values(), ids=STANDING_ALONE)
def test_a_stand_in_that_answers_for_itself_is_found(body: str) -> None:
    """Also where it is a class inside a test, and where only one of its methods is its own."""
    alone = f"class Fake:\n {body}\n"
    nested = f"def test():\n{textwrap.indent(alone, '  ')}"
    for text in (alone, nested):
        assert ["x.py:Fake"] == on_their_own(classes("x.py", ast.parse(text)), real())


def test_an_heir_of_what_stands_alone_is_found() -> None:
    """A parent that is no real one lends nothing, and neither does the port itself."""
    fake = "class Fake(Store):\n def select(self, *a, **k):\n  return []\n"
    text = f"{fake}class Heir(Fake):\n def commit(self, *c):\n  pass\n"
    assert ["x.py:Fake", "x.py:Heir"] == on_their_own(classes("x.py", ast.parse(text)), real())


@pytest.mark.parametrize("text", REAL.values(), ids=REAL)
def test_a_real_ones_stand_in_is_accepted(text: str) -> None:
    """What it does not do itself, a real one does."""
    assert [] == on_their_own(classes("x.py", ast.parse(text)), real())
