"""This library, with its default policy but for the number of hashes that it is told."""

from __future__ import annotations

import os

from filled_city import PASSWORD, city_on, is_contractor, username
from server_city import copy_accounts, opened

from permit_accounts import Policy, SignedIn, Visitor
from permit_accounts.model.records import Account
from permit_accounts.ports import Every
from permit_accounts.tools.keyring import Keyring

KEYS = "STORM_KEYS"  # all processes of a portal have the same


def fill(url, accounts, tell):
    """Make the tables and so many accounts, where there are none."""
    store = opened(url)
    if store.select(Account, Every(), limit=1):
        return
    city = city_on(store, hashes="real", keys=Keyring.from_env(KEYS))
    copy_accounts(city, url, accounts, tell)


class Application:
    """What a web application calls when somebody signs in, and at each request."""

    is_async = False

    def __init__(self, url, hashes):
        policy = Policy(hash_concurrency=hashes)
        store = opened(url)
        self._accounts = city_on(store, hashes="real", keys=Keyring.from_env(KEYS), policy=policy)

    def sign_in(self, i):
        """Sign in from an address that is this account's own."""
        visitor = Visitor(ip=f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", user_agent="benchmark")
        kind = "contractor" if is_contractor(i) else "public"
        outcome = self._accounts.sign_in(kind, username(i), PASSWORD, visitor=visitor)
        if not isinstance(outcome, SignedIn):
            raise RefusedError(outcome)
        return outcome.session_token

    def check(self, token, i):
        """Whose session it is."""
        signed_in = self._accounts.session(token)
        return signed_in is not None and signed_in.account.username == username(i)


class RefusedError(Exception):
    """A right password was refused."""


assert os.environ.get(KEYS), f"storm.py sets {KEYS}"
