"""A walk through a page with the Tab key: where one comes by, in which order, and whether one sees it.

WCAG 2.2, 2.1.1 (all by keyboard), 2.1.2 (no trap), 2.4.3 (order), 2.4.7 (focus visible), 2.4.11 (not hidden).
"""

from __future__ import annotations

import attrs
from playwright.sync_api import Page


@attrs.frozen(kw_only=True)
class Stop:
    """Where the focus was after one press of Tab.

    Args:
        name: What a person would call it: its label, its text, or else its tag.
        position: Of the element among all of the page, in the order of the document.
        shown: Whether anything about it looks different for being focused.
        uncovered: Whether it is in the window, with at least one corner or its middle not under something.
    """

    name: str
    position: int
    shown: bool
    uncovered: bool


# The looks of everything that takes focus, before anything has it; then the walk begins at the top.
_BEGIN = """() => {
    const looks = element => {
        const style = getComputedStyle(element);
        return ["boxShadow", "borderColor", "borderWidth", "borderStyle", "backgroundColor", "color",
            "textDecoration"].map(name => style[name]).join("|");
    };
    const taking = [...document.querySelectorAll(
        "a[href], button, input, select, textarea, summary, iframe, [tabindex]"
    )].filter(element => element.tabIndex >= 0 && !element.matches(":disabled")
        && element.type !== "hidden" && element.checkVisibility({ visibilityProperty: true }));
    const body = document.body;
    const before = body.getAttribute("tabindex");
    body.tabIndex = -1;
    body.focus({ preventScroll: true });
    before === null ? body.removeAttribute("tabindex") : body.setAttribute("tabindex", before);
    document.activeElement.blur();
    window.permitWalk = { looks, taking, seen: new Set(), before: new Map(taking.map(e => [e, looks(e)])) };
    return taking.length;
}"""
_NAME = """
    const label = element.labels?.length ? element.labels[0].innerText : "";
    const name = (element.ariaLabel || label || element.innerText || element.value || element.tagName)
        .trim().replace(/\\s+/g, " ");
"""
_STOP = f"""() => {{
    const walk = window.permitWalk, element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    walk.seen.add(element);
    {_NAME}
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
        && !/^rgba\\(.*, 0\\)$|^transparent$/.test(style.outlineColor);
    const area = element.getBoundingClientRect();
    const at = [[0.5, 0.5], [0.05, 0.1], [0.95, 0.1], [0.05, 0.9], [0.95, 0.9]];
    return {{
        name,
        position: [...document.querySelectorAll("*")].indexOf(element),
        shown: outlined || walk.before.get(element) !== walk.looks(element),
        uncovered: at.some(([x, y]) => {{
            const top = document.elementFromPoint(area.left + x * area.width, area.top + y * area.height);
            return top && (element.contains(top) || [...(element.labels ?? [])].some(l => l.contains(top)));
        }}),
    }};
}}"""
# Tab stops once at a group of radio buttons; the arrow keys reach the rest.
_MISSED = f"""() => {{
    const walk = window.permitWalk;
    const grouped = element => element.type === "radio"
        && [...walk.seen].some(other => other.type === "radio" && other.name === element.name);
    return walk.taking.filter(element => !walk.seen.has(element) && !grouped(element)).map(element => {{
        {_NAME}
        return name;
    }});
}}"""

# Only a positive tabindex takes the focus out of the document's order; the walk would meet it last or never.
_JUMPING = f"""() => window.permitWalk.taking.filter(element => element.tabIndex > 0).map(element => {{
    {_NAME}
    return name;
}})"""


def walk(page: Page) -> tuple[Stop, ...]:
    """Every place where Tab stops, from the top of the page until the focus leaves it or comes round."""
    stops: list[Stop] = []
    for _ in range(_presses(page)):
        page.keyboard.press("Tab")
        found = page.evaluate(_STOP)
        if found is None or (stops and found["position"] == stops[0].position and len(stops) > 1):
            break
        stop = Stop(**found)
        # A field for a date has several stops inside.
        if not stops or stops[-1].position != stop.position:
            stops.append(stop)
    return tuple(stops)


def assert_walkable(page: Page) -> None:
    """The keyboard reaches all that takes focus, in the page's order, and one always sees where one is."""
    stops = walk(page)
    problems = [f"jumps the page's order: {name}" for name in page.evaluate(_JUMPING)]
    problems += [f"never reached: {name}" for name in page.evaluate(_MISSED)]
    problems += [f"focus not seen: {stop.name}" for stop in stops if not stop.shown]
    problems += [f"focus out of sight or covered: {stop.name}" for stop in stops if not stop.uncovered]
    assert not problems, f"{page.url} by keyboard:\n" + "\n".join(problems)


def _presses(page: Page) -> int:
    # Dates have up to four stops within, and one press more leaves the page.
    return int(page.evaluate(_BEGIN)) * 4 + 2
