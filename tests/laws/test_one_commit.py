"""Law 3: a flow commits at most once and does nothing after it but return; law 4 (no hash inside) follows.

The test reads every path of every flow: where a commit was made, only `return` may follow, and the value
returned must not ask the store, compute a hash, or commit again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import attrs
import pytest

from laws.source_tree import Module, dotted, functions, modules, planted, under, violations

#: Functions that commit, by their full names.
Committing = frozenset[str]


@attrs.frozen
class Reader:
    """Reads one flow module, knowing which functions, its own and those of others, commit."""

    module: Module
    committing: Committing
    imports: Mapping[str, str]

    def commits(self, node: ast.AST) -> int:
        """How many commits a piece of code makes when it runs."""
        return sum(self._is_commit(call) for call in ast.walk(node) if isinstance(call, ast.Call))

    def _is_commit(self, call: ast.Call) -> bool:
        name = dotted(call.func)
        return name.endswith(".commit") or self._full(name) in self.committing

    def _full(self, name: str) -> str:
        first, dot, rest = name.partition(".")
        return f"{self.imports.get(first, f'{_dotted_path(self.module)}.{first}')}{dot}{rest}"

    def block(self, statements: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> Iterator[str]:
        """What is wrong on the paths through these statements, which go on with `after`."""
        for n, statement in enumerate(statements):
            rest = [*statements[n + 1 :], *after]
            if self.commits(statement) and not _refuses_or_goes_on(statement, rest):
                yield from self._statement(statement, rest)

    def _statement(self, statement: ast.stmt, rest: Sequence[ast.stmt]) -> Iterator[str]:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                if self.commits(test):
                    yield self._at(test, "commits while deciding")
                yield from self.block(body, rest)
                yield from self.block(orelse, rest)
            case ast.With(body=body):
                yield from self.block(body, rest)
            case ast.Match(cases=cases):
                for case in cases:
                    yield from self.block(case.body, rest)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                if any(self.commits(part) for part in body) and not all(map(_catches_conflict, handlers)):
                    yield self._at(statement, "goes on after a commit that failed for another reason")
                yield from self.block(body, [*orelse, *final, *rest])
                for handler in handlers:
                    yield from self.block(handler.body, [*final, *rest])
                yield from self.block(orelse, [*final, *rest])
                yield from self.block(final, rest)
            case ast.For() | ast.While() | ast.AsyncFor():
                yield self._at(statement, "commits in a loop")
            case ast.Return():
                if self.commits(statement) > 1:
                    yield self._at(statement, "commits twice")
            case _:
                if self.commits(statement) > 1:
                    yield self._at(statement, "commits twice")
                yield from self._only_returns(rest)

    def _only_returns(self, statements: Sequence[ast.stmt]) -> Iterator[str]:
        """Whether all that follows a commit is choosing which value to return."""
        for n, statement in enumerate(statements):
            match statement:
                case ast.Return(value=value):
                    if value is not None:
                        yield from self._quiet(value)
                    return
                case ast.If(test=test, body=body, orelse=orelse):
                    yield from self._quiet(test)
                    rest = statements[n + 1 :]
                    yield from self._only_returns([*body, *rest])
                    yield from self._only_returns([*orelse, *rest])
                    return
                case _:
                    yield self._at(statement, "something follows the commit")
                    return

    def _quiet(self, expression: ast.expr) -> Iterator[str]:
        for call in ast.walk(expression):
            if isinstance(call, ast.Call):
                name = dotted(call.func)
                if self._is_commit(call) or name.startswith(_LOUD) or ".hasher." in name or ".store." in name:
                    yield self._at(call, f"{name}() after the commit")

    def _at(self, node: ast.AST, words: str) -> str:
        return self.module.at(node, words)


#: Tools that read the store or hash: nothing for the moment after a commit.
_LOUD = ("lookups.", "hasher.", "store.")


def _refuses_or_goes_on(statement: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """`x = guard(…)`, then `if x is not None: return x`: the guard commits only what it refuses."""
    match statement, rest:
        case ast.Assign(targets=[ast.Name(id=name)]), [ast.If(test=test, body=[ast.Return(value=value)]), *_]:
            refused = ast.unparse(test) in {f"{name} is not None", f"isinstance({name}, Refused)"}
            return refused and value is not None and ast.unparse(value) == name
    return False


def _catches_conflict(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and dotted(handler.type).endswith("Conflict")


def _dotted_path(module: Module) -> str:
    return "permit_accounts." + module.path.removesuffix(".py").replace("/", ".")


@cache
def _imports(module: Module) -> Mapping[str, str]:
    """What each imported name of a module stands for."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in module.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@cache
def committing(flows: tuple[Module, ...]) -> Committing:
    """The functions of these modules that commit, themselves or through another of them."""
    found: Committing = frozenset()
    while True:
        more = frozenset(
            f"{_dotted_path(module)}.{function.name}"
            for module in flows
            for function in functions(module.tree)
            if Reader(module, found, _imports(module)).commits(function)
        )
        if more == found:
            return found
        found = more


def more_than_one_commit(module: Module, *known: Module) -> Iterator[str]:
    """Paths of a flow that do something after a commit; `known` are all modules that may commit for it."""
    reader = Reader(module, committing(known or (module,)), _imports(module))
    for function in functions(module.tree):
        yield from reader.block(function.body, [])


def test_each_flow_commits_once_and_last() -> None:
    """Nothing that could fail, wait or be seen twice comes after the commit."""
    flows = tuple(under("flows/"))
    below = tuple(under("flows/", "tools/"))
    assert [] == violations(lambda module: more_than_one_commit(module, *below), flows)


def test_the_flows_were_read() -> None:
    """The test above reads flows that do commit, and knows the tools that commit a refusal for them."""
    found = committing(tuple(under("flows/", "tools/")))
    guards = {"permit_accounts.tools.desk.forbidden", "permit_accounts.tools.reauthentication.confirmed"}
    assert {"permit_accounts.flows.sign_in.sign_in", *guards} <= found


BROKEN = {
    "hash after the commit": "s.store.commit(a)\n    return SignedIn(s.hasher.hash(p))",
    "read after the commit": "s.store.commit(a)\n    return lookups.account(s, i)",
    "work after the commit": "s.store.commit(a)\n    notify(a)\n    return x",
    "two commits in a row": "s.store.commit(a)\n    s.store.commit(b)\n    return x",
    "a commit, perhaps another": "s.store.commit(a)\n    if b:\n        s.store.commit(b)\n    return x",
    "a commit in a branch, then another": (
        "if a:\n        s.store.commit(a)\n    s.store.commit(b)\n    return x"
    ),
    "a commit for each": "for a in b:\n        s.store.commit(a)\n    return x",
    "a commit by another function, then work": "_refuse(s)\n    notify(a)\n    return x",
    "two functions that commit": "return (_refuse(s), _refuse(s))",
    "a commit while deciding": "if _refuse(s):\n        return x\n    return y",
    "a fault swallowed": (
        "try:\n        s.store.commit(a)\n    except Unavailable:\n        pass\n    return x"
    ),
    "a guard that is not heeded": "x = _refuse(s)\n    s.store.commit(a)\n    return y",
    "a guard that is half heeded": "x = _refuse(s)\n    if x is not None and a:\n        return x\n    b()",
    "a commit whatever happened": "try:\n        f()\n    finally:\n        s.store.commit(a)\n    notify(a)",
}

SOUND = {
    "a commit, then the value": "s.store.commit(a)\n    return signed_in(s, a)",
    "a commit in each branch": (
        "if a:\n        s.store.commit(a)\n        return x\n    s.store.commit(b)\n    return y"
    ),
    "a guard first": (
        "x = _refuse(s)\n    if x is not None:\n        return x\n    s.store.commit(a)\n    return y"
    ),
    "perhaps a commit": "if a:\n        s.store.commit(a)\n    return x",
    "a choice of values": "s.store.commit(a)\n    if lookalike(p):\n        return x\n    return y",
    "another function's commit is the answer": (
        "if a:\n        return _refuse(s)\n    s.store.commit(b)\n    return y"
    ),
    "without the re-hash where that collides": (
        "try:\n        s.store.commit(a, b)\n    except Conflict:\n        s.store.commit(a)\n    return x"
    ),
}

REFUSE = "def _refuse(s):\n    s.store.commit(e)\n    return Refused(e)\n\n"


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_work_after_a_commit_is_found(body: str) -> None:
    """Each way of doing more than one thing at the end is found."""
    assert [] != list(more_than_one_commit(planted(f"{REFUSE}def flow(s):\n    {body}\n")))


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND)
def test_a_sound_flow_is_accepted(body: str) -> None:
    """Each shape that a flow may have."""
    assert [] == list(more_than_one_commit(planted(f"{REFUSE}def flow(s):\n    {body}\n")))


def test_a_commit_in_another_module_is_found() -> None:
    """A flow that leaves its commit to a neighbor has still made it."""
    neighbor = planted(REFUSE.replace("_refuse", "refuse"), "flows/staff/refusing.py")
    imports = "from permit_accounts.flows.staff import refusing\n"
    text = f"{imports}def flow(s):\n    refusing.refuse(s)\n    more()\n"
    flow = planted(text)
    assert [] != list(more_than_one_commit(flow, flow, neighbor))


#: Who commits outside the flows, and why.
COMMITS_OUTSIDE = {
    "tools/batch_commits.py": "an import's batches; it is no flow",
    "tools/throttle/circuit_breaker.py": "hands on what the front door counts",
    "tools/throttle/continuity.py": "hands on what the front door counts, and marks where that is",
    "tools/throttle/counts.py": "the front door's counts, before a flow and after it",
    "tools/throttle/limits.py": "the front door's limits, counted before a flow",
    "tools/throttle/settling.py": "the front door's counts, after a flow",
    "tools/desk.py": "a refusal at the desk, which the flow then returns",
    "tools/refusals.py": "any other refusal that matters, which the flow then returns",
    "tools/row_report.py": "the closing event of an import; it is no flow",
    "tools/roster_writer.py": "the import's own batches; it is no flow",
    "tools/user_writer.py": "the import's own batches; it is no flow",
    "accounts.py": "that a session was seen; it is no flow",
    "front_door.py": "an attempt that waits, the alarm, surplus sessions: before a flow and after it",
    "joined.py": "nothing of its own: it passes a flow's commit on, to one of two stores",
    "outbox.py": "a lease on an e-mail, and what became of it; it is no flow",
    "purge.py": "a batch of what has expired; it is no flow",
}


def commits(module: Module) -> Iterator[str]:
    """A commit of a store, made or handed on."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            yield module.at(node, "commits outside the flows")


def test_tools_prepare_and_flows_commit() -> None:
    """On no other floor is anything committed: which changes come true together, a flow decides.

    The stores and the kit that tests them stand below the port, where a commit is made of statements.
    """
    outside = [m for m in modules() if not m.path.startswith(("flows/", "stores/", "testing/"))]
    assert set(COMMITS_OUTSIDE) == {module.path for module in outside if any(commits(module))}


@pytest.mark.parametrize("floor", ["tools", "rules", "model", "texts", "registers", "cli"])
@pytest.mark.parametrize("text", ["s.store.commit(token)", "write = s.store.commit\n    write(token)"])
def test_a_commit_on_another_floor_is_found(floor: str, text: str) -> None:
    """A tool, rule or text that writes by itself, or under another name."""
    assert 1 == len(list(commits(planted(f"def spend(s, token):\n    {text}\n", f"{floor}/x.py"))))
