"""The adapter on the page about writing one keeps the contract, as the page says."""

from __future__ import annotations

import ast
import sys
import types
from contextlib import ExitStack

import pytest

from docs.documents import ROOT, blocks
from permit_accounts.testing.adapter_contract import AdapterContract

PAGE = ROOT / "docs" / "how-to" / "write-an-adapter.md"


@pytest.fixture(scope="module")
def page():
    """What the page's first two blocks define: the adapter, and what runs it."""
    module = types.ModuleType("__adapter_page__")
    sys.modules[module.__name__] = module
    python = [block.text for block in blocks(PAGE.read_text(encoding="utf-8")) if block.language == "python"]
    for text in python[:2]:
        exec(compile(ast.parse(text), str(PAGE), "exec", dont_inherit=True), vars(module))
    yield module
    del sys.modules[module.__name__]


class TestAdapterOfThePage(AdapterContract):
    @pytest.fixture
    def serve(self, page):
        with ExitStack() as servers:
            yield lambda handler: servers.enter_context(page.running(handler))
