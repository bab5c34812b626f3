"""A policy that cannot be meant is refused when it is made, and the message names the setting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Account,
    Argon2Cost,
    Code,
    ConfigurationError,
    Keyring,
    LicenseLink,
    Links,
    LinkState,
    Policy,
    password_problems,
)
from permit_accounts.accounts import Accounts
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.license_id import LicenseId
from permit_accounts.ports import Add, Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.world import World, city_policy, contractor_form
from permit_accounts.tools import claims

HOUR = timedelta(hours=1)


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("city", ""),
        ("city", 5),
        ("support_phone", "two\nlines"),
        ("time_zone", "america/los_angeles"),
        ("time_zone", "Pacific Time"),
        ("time_zone", "../America/Los_Angeles"),
        ("time_zone", "/usr/share/zoneinfo/UTC"),
        ("time_zone", "America/"),
        ("time_zone", "-08:00"),
        ("time_zone", None),
        ("unique_email", "yes"),
        ("password_min", 7),
        ("password_min", "15"),
        ("password_min", True),
        ("password_max", 63),
        ("reset_ttl", 3600),
        ("reset_ttl", timedelta(0)),
        ("reset_ttl", timedelta(days=2)),
        ("reset_ttl", None),
        ("throttle_free", 0),
        ("hard_cap", 101),
        ("hash_concurrency", 0),
        ("security_question", "off"),
        ("audit_retention", 0),
        ("audit_retention", timedelta(0)),
        ("audit_visitor_retention", timedelta(days=-1)),
        ("languages", ("es",)),
        ("account_types", ()),
        ("account_types", (PUBLIC, PUBLIC)),
        ("base_url", "http://permits.example.gov"),
        ("base_url", "permits.example.gov"),
        ("base_url", "https://permits.example.gov?x=1"),
        ("base_url", "https://[broken"),
        ("base_url", "https://permits.example.gov:99999"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(setting: str, value: Any) -> None:
    """Never taken for "no limit" or "never expires"."""
    with pytest.raises(ConfigurationError, match=setting):
        Policy(**{setting: value})


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"throttle_first_wait": HOUR, "throttle_max_wait": timedelta(minutes=1)}, "throttle_max_wait"),
        ({"setup_grant": HOUR, "setup_grant_in_all": timedelta(minutes=1)}, "setup_grant_in_all"),
        ({"notify_failures": 100, "hard_cap": 50}, "notify_failures"),
        ({"session_idle": HOUR, "session_absolute": timedelta(minutes=1)}, "session_absolute"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], said: str) -> None:
    """Each may be meant; together they cannot."""
    with pytest.raises(ConfigurationError, match=said):
        Policy(**settings)


@pytest.mark.attack("CFG-01")
def test_an_unknown_setting_is_a_mistake() -> None:
    """A typing error is not silently left out."""
    with pytest.raises(TypeError, match="pasword_min"):
        Policy(pasword_min=20)  # type: ignore[call-arg]


@pytest.mark.parametrize("path", ["reset", "//evil.example.org", "/a b", 5])
def test_a_link_is_a_path(path: Any) -> None:
    """Mails point below the base URL and nowhere else."""
    with pytest.raises(ConfigurationError, match="reset"):
        Links(reset=path)


@pytest.mark.parametrize(
    "cost", [{"time_cost": 1}, {"time_cost": 1, "memory_cost": 19456}, {"memory_cost": 8}, {"parallelism": 0}]
)
def test_a_hash_below_the_floor_is_refused(cost: dict[str, int]) -> None:
    """OWASP's minimum is 2 passes of 19 MiB or 1 of 46 MiB; the first case meets it."""
    if cost == {"time_cost": 1}:
        assert 1 == Argon2Cost(**cost).time_cost
        return
    with pytest.raises(ConfigurationError, match="Argon2Cost"):
        Argon2Cost(**cost)


@pytest.mark.parametrize(
    "name",
    ["America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+8", "EST5EDT", "Pacific/Honolulu"],
)
def test_a_time_zone_goes_by_the_name_of_iana(name: str) -> None:
    """Its shape is asked; that there is such a zone, only a machine with a database of them can say."""
    assert name == Policy(time_zone=name).time_zone
    assert "Nowhere/At_All" == Policy(time_zone="Nowhere/At_All").time_zone


def test_an_account_type_is_found_by_itself_or_its_id() -> None:
    """A type that the policy does not name is a mistake of the application."""
    policy = Policy(account_types=(PUBLIC,))
    assert PUBLIC is policy.account_type("public") is policy.account_type(PUBLIC)
    with pytest.raises(ConfigurationError, match="'public'"):
        policy.account_type(CONTRACTOR)


def test_the_rules_alone_need_no_store() -> None:
    """A form's page may ask before anything is kept."""
    codes = [problem.code for problem in password_problems("short", Policy())]
    assert codes == [Code.PASSWORD_SHORT]


@pytest.mark.attack("CFG-01")
def test_a_hasher_for_tests_never_opens_a_city() -> None:
    """Its hashes protect nothing."""
    keys = Keyring.new()
    with pytest.raises(ConfigurationError, match="for tests"):
        Accounts.open(
            MemoryStore(), keys=keys, policy=city_policy(), email=MemoryBackend(), hasher=CheapHasher(keys)
        )


def test_where_set_up_by_mail_is_off_an_account_in_set_up_gets_none() -> None:
    """The answer is the same; only staff lead on."""
    world = World(city_policy(setup_by_mail=False))
    world.add_to_roster("1012345")
    world.desk().issue_temporary_password("1012345", reason="first sign-in", checked_how="called back")
    world.deliver()

    world.accounts.request_password_reset("1012345")

    assert [] == world.deliver()


def test_the_mailbox_of_a_roster_number_that_somebody_holds_gets_no_set_up() -> None:
    """A verified claim without a name: the number is not free, whatever the roster has on file."""
    world = World()
    world.add_to_roster("1012345")
    made = world.accounts.register(CONTRACTOR, contractor_form("1154002"))
    held = link_of(made.account, LinkState.VERIFIED, world)  # type: ignore[union-attr]
    world.store.commit(Add(held))
    world.deliver()

    world.accounts.request_password_reset("1012345")

    assert [] == world.deliver()


def test_a_license_that_was_let_go_tells_no_address() -> None:
    """An account in set-up is written to where its own licenses say, not where a former one does."""
    world = World()
    world.add_to_roster("1012346", email=None)
    world.desk().issue_temporary_password("1012346", reason="first sign-in", checked_how="called back")
    world.add_to_roster("1012345", email="former@contractor.example.org")
    (account,) = world.store.select(Account, Every(), limit=5)
    world.store.commit(Add(link_of(account, LinkState.RELEASED, world)))

    world.accounts.request_password_reset("1012346")

    assert [] == world.deliver()


def link_of(account: Account, state: LinkState, world: World) -> LicenseLink:
    """A claim of this account on the license 1012345."""
    return claims.new_link(account.id, LicenseId("us-ca-cslb", "1012345"), state, since=world.now())
