"""Every relative link in README and docs leads somewhere, headings included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from docs.documents import documents, name, without_blocks

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.M)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.M)


def anchors(text: str) -> set[str]:
    """The names under which a page's headings can be linked to, as code hosts make them."""
    headings = (re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", match[1]) for match in _HEADING.finditer(text))
    slugs: list[str] = []
    found: set[str] = set()
    for heading in headings:
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        seen = slugs.count(slug)
        slugs.append(slug)
        found.add(f"{slug}-{seen}" if seen else slug)
    return found


def dead_links(document: Path) -> Iterator[str]:
    """The relative links of a page that lead nowhere."""
    text = without_blocks(document.read_text(encoding="utf-8"))
    for match in _LINK.finditer(text):
        link = match[1] or match[2]
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists():
            yield f"{link}: no such file"
        elif anchor and anchor not in anchors(without_blocks(target.read_text(encoding="utf-8"))):
            yield f"{link}: no such heading"


@pytest.mark.parametrize("document", documents(), ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    """A reader who follows a link inside the project finds a page."""
    assert [] == list(dead_links(document))


def test_dead_links_are_found(tmp_path: Path) -> None:
    """A missing file and a missing heading are told apart from live ones and from other sites."""
    (tmp_path / "other.md").write_text("# A `Heading`, twice\n\n# A `Heading`, twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](other.md) [b](other.md#a-heading-twice-1) [c](#here) [d](https://example.org/x)\n"
        "[e](gone.md) [f](other.md#gone)\n\n```text\n[g](in-a-block.md)\n```\n\n[h]: gone-too.md\n"
    )
    expected = ["gone.md: no such file", "other.md#gone: no such heading", "gone-too.md: no such file"]
    assert expected == list(dead_links(page))
