"""Law 7: only `tools/admission.py` opens a session. Who may import it stands in `.importlinter`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from laws.source_tree import Module, dotted, imported, modules, planted, violations
from permit_accounts.model.records import Session

DOOR = "tools/admission.py"
#: Those who may open the door: signing in, and whatever replaces the session of one who is signed in.
KEYHOLDERS = frozenset(
    f"flows/{flow}.py"
    for flow in (
        "change_password",
        "change_security_question",
        "confirm_email",
        "end_sessions",
        "finish_setup",
        "reauthenticate",
        "register",
        "sign_in",
    )
)


def opens_a_session(module: Module) -> Iterator[str]:
    """Making a `Session`, anywhere but in the door itself."""
    if module.path == DOOR:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == Session.__name__:
            yield module.at(node, "makes a Session")


def uses_the_door(module: Module) -> Iterator[str]:
    """Importing the door, in a module that is none of the key holders."""
    if module.path in KEYHOLDERS:
        return
    for node, name in imported(module.tree):
        if "admission" in name.split("."):
            yield module.at(node, "imports admission")


def test_only_the_door_makes_a_session() -> None:
    """No flow, store or command makes a session of its own; the testing kit may, to fill a store."""
    rest = [module for module in modules() if not module.path.startswith("testing/")]
    assert [] == violations(opens_a_session, rest)


def test_only_key_holders_use_the_door() -> None:
    """A second factor that stands in the door cannot be walked around."""
    assert [] == violations(uses_the_door, modules())


@pytest.mark.parametrize(
    "text",
    [
        "from permit_accounts.model.records import Session\ndef f():\n    return Session(id='x')\n",
        "from permit_accounts.model import records\ndef f():\n    return records.Session(id='x')\n",
    ],
)
def test_a_session_made_elsewhere_is_found(text: str) -> None:
    """By its own name, or through its module."""
    assert 1 == len(list(opens_a_session(planted(text))))


@pytest.mark.parametrize(
    "text",
    [
        "from permit_accounts.tools import admission\n",
        "from permit_accounts.tools import lookups, admission as door\n",
        "from permit_accounts.tools.admission import admit\n",
        "import permit_accounts.tools.admission\n",
    ],
)
def test_a_stranger_at_the_door_is_found(text: str) -> None:
    """A mailed reset, for one, opens no session."""
    assert 1 == len(list(uses_the_door(planted(text, "flows/reset_password.py"))))
