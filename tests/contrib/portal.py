"""A small city with its pages, and two people who are signed in, for what adapters offer to applications."""

from __future__ import annotations

from flows.people import ann, grant, invited
from permit_accounts import Unavailable
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import World, setup_form
from permit_accounts.web import Site
from story import signed_in


class Failing(MemoryStore):
    """Once so many more questions were asked, it cannot be reached."""

    left = 10**9

    def select(self, *args, **kwargs):
        self.left -= 1
        if self.left < 0:
            raise Unavailable("the store is away")
        return super().select(*args, **kwargs)


class City:
    """Its store, its pages, and who is signed in: Ann without a license, and a contractor with one."""

    def __init__(self) -> None:
        self.store = Failing()
        world = World(store=self.store)
        self.site = Site(world.accounts)
        self.ann = ann(world).session_token
        page = grant(world, invited(world, email="office@mail.example.org").password)
        finished = world.accounts.finish_setup(page.token, setup_form(page.asks))
        self.contractor = signed_in(finished).session_token

    def cookie(self, token: str) -> dict[str, str]:
        """The header of a browser that is signed in."""
        return {"Cookie": f"__Host-sid={token}"}
