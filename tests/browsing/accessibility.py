"""What a program can see of WCAG 2.2, levels A and AA: by axe-core's rules, and by looking at the layout."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
#: CSS pixels (WCAG 2.2, 2.5.8).
LEAST_TARGET = 24

_WIDER = """() => {
    const room = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth <= room) return [];
    const wide = [...document.body.querySelectorAll("*")]
        .filter(element => element.getBoundingClientRect().right > room + 0.5)
        .map(element => element.outerHTML.slice(0, 120));
    return wide.length ? wide : ["the page, though none of its elements"];
}"""
# A link within a sentence may be as low as its line (2.5.8, inline); a label presses what it names.
_SMALL = """least => {
    const reach = element => {
        const areas = [element, ...(element.labels ?? [])].map(part => part.getBoundingClientRect());
        return [Math.max(...areas.map(area => area.width)), Math.max(...areas.map(area => area.height))];
    };
    const inSentence = element => getComputedStyle(element).display === "inline"
        && element.parentElement.innerText.trim() !== element.innerText.trim();
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
        .filter(element => element.type !== "hidden" && element.checkVisibility() && !inSentence(element))
        .filter(element => reach(element).some(side => side < least - 0.5))
        .map(element => `${reach(element).map(Math.round).join("x")}: ${element.outerHTML.slice(0, 120)}`);
}"""


def violations(page: Page) -> list[str]:
    """Each rule of axe-core that the page breaks, with what the rule asks and the elements that break it.

    Raises:
        ValueError: The page was opened without scripts, where axe-core cannot run.
    """
    if not page.evaluate("matchMedia('(scripting: enabled)').matches"):
        raise ValueError("axe-core waits for ever on a page without scripts: open it once more with them")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = page.evaluate("async options => (await axe.run(document, options)).violations", options)
    return [_told(violation) for violation in found]


def assert_accessible(page: Page) -> None:
    """The page breaks no rule of axe-core."""
    found = violations(page)
    assert not found, f"{page.url} breaks rules of accessibility:\n" + "\n".join(found)


def assert_no_sideways_scrolling(page: Page) -> None:
    """Nothing is wider than the window; at 320 pixels that is WCAG 2.2, 1.4.10."""
    wider = page.evaluate(_WIDER)
    width = page.evaluate("innerWidth")
    assert not wider, f"{page.url} is wider than {width} pixels:\n" + "\n".join(wider)


def assert_targets(page: Page, *, least: int = LEAST_TARGET) -> None:
    """Whatever can be pressed is large enough for a finger (WCAG 2.2, 2.5.8), but links in sentences."""
    small = page.evaluate(_SMALL, least)
    assert not small, f"{page.url} has targets smaller than {least} pixels:\n" + "\n".join(small)


def _told(violation: Any) -> str:
    lines = [f"- {violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in violation["nodes"]:
        lines.append(f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}")
        lines += [f"      {line}" for line in (node.get("failureSummary") or "").splitlines()]
    return "\n".join(lines)
