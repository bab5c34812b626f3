"""What a page, an answer and the desk tell of a fault is true: not done, or not known; and nothing is undone.

Every form and every call of a day is sent with a fault at its first question to the store, its second, and so
on. Where the answer says that nothing was changed, nothing was; where it says that it may have been done, it
was, or was not; and only then does it not say when to send it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape

import pytest

from faults.telling import MemorySnapshots, patient_policy, shape
from permit_accounts import EventName
from permit_accounts.staff_console import StaffConsole
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form
from permit_accounts.texts import TomlCatalog
from permit_accounts.web import Request, Response, Site
from staff_console.desk_at_hand import Desk, StaffBrowser
from story import NEW_PASSWORD, newest_link
from web.json_client import BEARER, Program
from web.pages_at_hand import send

#: No request of the day asks its store more often.
_MOST = 80
MODES = [
    Fault.OUT_OF_REACH,
    Fault.UNHEARD_AND_GONE,
    Fault.LOST,
    *(pytest.param(fault, marks=pytest.mark.long) for fault in (Fault.OUT_OF_REACH_ONCE, Fault.UNHEARD)),
]
_TEXTS = TomlCatalog()


class EveryRequestFails:
    """The pages of a city, before which every request that changes something is tried with each fault.

    Args:
        world: Whose store is a `FaultyStore` in memory.
        make: Makes the pages, new for each request: what they remember of one must not count for the next.
    """

    def __init__(self, world: World, make: Callable[[], Site | StaffConsole], fault: Fault) -> None:
        assert isinstance(world.store, FaultyStore)
        self._world, self._store, self._make, self._fault = world, world.store, make, fault
        inner = world.store._store
        assert isinstance(inner, MemoryStore)
        self._inner = inner
        self._snapshots = MemorySnapshots(inner)
        self.told: Counter[str] = Counter()
        self.wrong: list[str] = []

    def body_limit(self, request: Request) -> int:
        """As the pages say."""
        return self._make().body_limit(request)

    def sign_in_address(self) -> str:
        """As the site says."""
        site = self._make()
        assert isinstance(site, Site)
        return site.sign_in_address()

    def handle(self, request: Request) -> Response:
        """The answer without a fault, after all those with one."""
        if request.method == "POST":
            self._try(request)
        return self._make().handle(request)

    def _try(self, request: Request) -> None:
        kept, now = self._snapshots.keep(), self._world.now()
        before = self._changed()
        self._make().handle(request)
        after = self._changed()
        for at in range(1, _MOST):
            self._back(kept, now)
            self._store.fail(self._fault, at=at)
            response = self._make().handle(request)
            hit = self._store.failed
            self._store.heal()
            if not hit:
                break
            left = self._changed()
            said = _what_is_said(response)
            self.told[said] += 1
            true = {"nothing was changed": [before], "may have been done": [before, after]}.get(said, [after])
            if left not in true:
                self.wrong.append(f"{request.path}, point {at}: {said}, and left {left - before}")
        else:
            raise AssertionError(f"{request.path} asks its store without end")
        self._back(kept, now)

    def _changed(self) -> Counter[tuple[str, ...]]:
        """What is kept, but for who looked at whom: a form at the desk looks before it acts."""
        looked = f"'name': {EventName.STAFF_FOUND!r}"
        return Counter({line: n for line, n in shape(self._inner).items() if looked not in line[-1]})

    def _back(self, kept: object, now: object) -> None:
        self._snapshots.put_back(kept)
        self._world._now = now  # type: ignore[assignment]


def _what_is_said(response: Response) -> str:
    """What an answer says of a fault, in its words and in its headers alike."""
    if response.status != 503:
        return "done"
    body = unescape(response.body.decode())
    keys = ("web.outcome-unknown.text", "web.outcome-unknown.form", "web.console.outcome-unknown.text")
    unknown = (*keys, "web.console.outcome-unknown.form", '"outcome-unknown"')
    if any((_text(key) if key.startswith("web.") else key) in body for key in unknown):
        assert response.header("Retry-After") == "", "asked to be sent again, though it may be done"
        return "may have been done"
    keys = ("web.unavailable.text", "web.unavailable.form")
    assert any(_text(key) in body for key in keys), body
    assert "5" == response.header("Retry-After")
    return "nothing was changed"


def _text(key: str) -> str:
    return _TEXTS.text(key, "en", {})


def a_world() -> World:
    """A city whose store can fail."""
    return World(patient_policy(), store=FaultyStore(MemoryStore()))


def on_pages(world: World, pages: EveryRequestFails) -> None:
    """Registers, confirms, signs in, changes the password, adds a license, forgets the password, is back."""
    ann = Browser(pages, world.policy.base_url)
    ann.open("/set-up-account/public")
    form = public_form("ann")
    ann.submit("Create account", {**form, "password_again": form["password"]})
    ann.open(f"/confirm-email?token={newest_link(world, 'ann@mail.example.org')}")
    send(ann)
    elsewhere = Browser(pages, world.policy.base_url)
    elsewhere.open("/sign-in")
    elsewhere.submit("Login", {"Username": "ann", "password": PASSWORD})
    elsewhere.open("/account/password")
    changed = {"current_password": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    send(elsewhere, **changed)
    lost = Browser(pages, world.policy.base_url)
    lost.open("/forgot-password")
    send(lost, identifier="ann")
    lost.open(f"/reset-password?token={newest_link(world, 'ann@mail.example.org', '/reset-password')}")
    send(lost, password=PASSWORD, password_again=PASSWORD, answer="the marching band")
    assert lost.page.status == 200


def by_program(world: World, pages: EveryRequestFails) -> None:
    """The same for a program, and a contractor's first sign-in."""
    program = Program(world, BEARER, site=pages)  # type: ignore[arg-type]
    program.do("register-public", **public_form("ann"))
    program.do("change-email", email="ann2@mail.example.org")
    program.do("add-license", license="CSLB 1154002")
    program.do("change-password", current_password=PASSWORD, password=NEW_PASSWORD)
    program.do("sign-out")
    world.add_to_roster("1012345", email="office@contractor.example.org")
    issued = world.desk().issue_temporary_password("1012345", reason="first", checked_how="called back")
    contractor = Program(world, BEARER, site=pages)  # type: ignore[arg-type]
    first = contractor.do(
        "sign-in",
        account_type="contractor",
        username="1012345",
        password=issued.password,  # type: ignore[union-attr]
    )
    done = contractor.go_on(first, **{**contractor_form("1012345"), "token": first["token"]})
    assert 200 == done.status
    assert 200 == contractor.do("close-account", password=PASSWORD).status


def at_the_desk(world: World, pages: EveryRequestFails) -> None:
    """What staff do: a temporary password, a link, another address, disabling and enabling."""
    world.add_to_roster("1012345", email="office@contractor.example.org")
    clerk = StaffBrowser(pages, world.policy.base_url, name="desk-1")
    about = "who=1012345&type=contractor"
    why = {"reason": "asked on the telephone"}
    clerk.open(f"/staff/person/temporary-password?{about}")
    send(clerk, **why, checked_how="called back the number on file")
    assert 200 == clerk.page.status
    clerk.open(f"/staff/person/change-email?{about}")
    send(clerk, **why, email="other@contractor.example.org")
    clerk.open(f"/staff/person/disable?{about}")
    send(clerk, **why)
    clerk.open(f"/staff/person/enable?{about}")
    send(clerk, **why)
    assert 200 == clerk.page.status


def cities(
    fault: Fault,
) -> Iterator[tuple[World, EveryRequestFails, Callable[[World, EveryRequestFails], None]]]:
    """Each way to ask, with a city of its own."""
    for tell in (on_pages, by_program):
        world = a_world()
        site = Site(world.accounts)
        yield world, EveryRequestFails(world, lambda site=site: site, fault), tell  # type: ignore[misc]
    world = a_world()
    who = Desk()._who
    yield world, EveryRequestFails(world, lambda: StaffConsole(world.accounts, who=who), fault), at_the_desk


@pytest.mark.attack("STO-06", "STO-02")
@pytest.mark.parametrize("fault", MODES)
def test_what_is_said_of_a_fault_is_so(fault: Fault) -> None:
    """On pages, to programs and at the desk."""
    for world, pages, tell in cities(fault):
        tell(world, pages)

        assert [] == pages.wrong
        unheard = fault in (Fault.UNHEARD, Fault.UNHEARD_AND_GONE, Fault.LOST)
        assert unheard == (pages.told["may have been done"] > 0), tell
        assert pages.told["nothing was changed"] > 0, tell
