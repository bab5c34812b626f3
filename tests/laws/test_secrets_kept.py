"""What the source must not do with secrets and stored text: compare, unpickle, open without a record."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from laws.source_tree import Module, dotted, imported, modules, planted, violations

_SECRET = re.compile(r"(?:^|_)(?:token|digest|mac|secret|password|hash|answer)$")


#: What is called a hash or a digest and is no secret: it tells one public thing from another.
PUBLIC = {
    ("cli/tour/public.py", "password_hash"),  # of one account, before and after: that it changed
    ("tools/repeats.py", "digest"),  # of a roster's row, to find it twice
    ("tools/roster_file.py", "file_hash"),  # of a roster's file, to go on with the same one
    ("tools/user_file.py", "file_hash"),  # of a file of users, likewise
}


def _names_a_secret(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if _SECRET.search(name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))) if _SECRET.search(name):
            return name
        case ast.Call(func=ast.Attribute(attr="reveal" as name)):
            return f"{name}()"
        case ast.Call(func=ast.Attribute(attr="digest" | "hexdigest" as name)):
            return f"{name}()"
        case _:
            return ""


def compares_a_secret(module: Module) -> Iterator[str]:
    """`==` and `!=` on something that is called a secret: they stop at the first difference."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            for operand in (node.left, *node.comparators):
                name = _names_a_secret(operand)
                if name and (module.path, name) not in PUBLIC:
                    yield module.at(node, f"compares {name} with == or !=")


@pytest.mark.attack("TOK-22")
def test_no_secret_is_compared_byte_by_byte() -> None:
    """Secrets are verified by a hasher, a signer or `hmac.compare_digest`; records are found by id."""
    assert [] == violations(compares_a_secret, modules())


@pytest.mark.parametrize(
    "text",
    [
        "def f(token, other):\n    return token == other\n",
        "def f(account, given):\n    return account.password_hash != given\n",
        "def f(a, b):\n    return a.reveal() == b.reveal()\n",
        "def f(form, old):\n    return old == form['answer']\n",
        "def f(h, given):\n    return h.hexdigest() == given\n",
    ],
)
def test_a_comparison_of_secrets_is_found(text: str) -> None:
    """By variable, attribute, key, revealed text or computed digest."""
    assert [] != list(compares_a_secret(planted(text)))


def test_asking_whether_there_is_one_is_no_comparison() -> None:
    """`is None` tells nothing of what a secret holds, nor does the length of a token."""
    text = "def f(token):\n    return token is None or len(token) == 3\n"
    assert [] == list(compares_a_secret(planted(text)))


_UNSAFE = {"cloudpickle", "dill", "jsonpickle", "marshal", "pickle", "shelve", "yaml"}
_RUN = {"eval", "exec", "compile", "__import__"}


def runs_stored_text(module: Module) -> Iterator[str]:
    """Whatever turns stored bytes into objects or code."""
    for node, name in imported(module.tree):
        if name.split(".")[0] in _UNSAFE:
            yield module.at(node, f"imports {name}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _RUN:
            yield module.at(node, f"calls {node.func.id}()")


@pytest.mark.attack("API-05")
def test_nothing_stored_is_ever_run() -> None:
    """Rows, cookies, tokens and mails are text; none becomes an object by unpickling, none becomes code."""
    assert [] == violations(runs_stored_text, modules())


@pytest.mark.parametrize(
    "text",
    ["import pickle\n", "from marshal import loads\n", "import yaml\n", "x = eval('1')\n", "exec('x = 1')\n"],
)
def test_running_stored_text_is_found(text: str) -> None:
    """By import or by call."""
    assert 1 == len(list(runs_stored_text(planted(text))))


def opens_a_seal(module: Module) -> Iterator[str]:
    """Opening what itsdangerous signed, or using it at all."""
    for node, name in imported(module.tree):
        if name.split(".")[0] == "itsdangerous":
            yield module.at(node, "imports itsdangerous")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            known = dotted(node.func) in {"json.loads", "tomllib.loads"}
            if node.func.attr in {"loads", "unsign", "loads_unsafe"} and not known:
                yield module.at(node, f"calls .{node.func.attr}()")


@pytest.mark.attack("TOK-07")
def test_only_the_keyring_opens_seals() -> None:
    """A seal has no age of its own: the keyring gives the id, and expiry stands in the record it names."""
    rest = [module for module in modules() if module.path != "tools/keyring.py"]
    assert [] == violations(opens_a_seal, rest)


@pytest.mark.parametrize(
    "text",
    [
        "from itsdangerous import URLSafeTimedSerializer\n",
        "def f(signer, token):\n    return signer.unsign(token)\n",
        "def f(serializer, token):\n    return serializer.loads(token)\n",
    ],
)
def test_a_seal_opened_elsewhere_is_found(text: str) -> None:
    """Whoever signs or opens beside the keyring is found."""
    assert 1 == len(list(opens_a_seal(planted(text))))
