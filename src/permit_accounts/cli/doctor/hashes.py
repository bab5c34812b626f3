"""The hashes that are kept looked over: whether they can be checked, and which cost something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from permit_accounts.cli.doctor.findings import Finding, error, note, ok, warning
from permit_accounts.model.records import Account
from permit_accounts.rules.old_costs import OldCost, declaration_for, parse_declared
from permit_accounts.rules.policy import Policy
from permit_accounts.tools import lookups
from permit_accounts.tools.encoded_hash import AnyCost, Cost, from_text, too_costly
from permit_accounts.tools.hashing import Argon2Hasher
from permit_accounts.tools.services import Services
from permit_accounts.tools.whole_work import WholeWork


def of_the_hashes(s: Services) -> Iterator[Finding]:
    """Whether every hash can be checked with the peppers of the key ring. # Cost: reads every account."""
    known = set(s.keyring.pepper_ids)
    missing: dict[str, int] = {}
    unreadable = accounts = 0
    imported: Counter[OldCost] = Counter()
    ours: Counter[AnyCost] = Counter()
    for account in lookups.all_accounts(s):
        accounts += 1
        peppers, wrong = _peppers(account)
        unreadable += wrong
        imported.update(_imported(account))
        ours.update(_costs(account))
        for pepper in peppers - known:
            missing[pepper] = missing.get(pepper, 0) + 1
    for pepper, count in sorted(missing.items()):
        yield error(
            "pepper",
            f"{count} accounts have hashes with the pepper {pepper!r}, which is not in the key ring: nobody "
            "of them can sign in. Put that key back; a pepper may go once no hash names it.",
        )
    if unreadable:
        yield error(
            "hashes", f"{unreadable} accounts have a hash that cannot be read: restore them from a backup."
        )
    if not missing and not unreadable:
        yield ok("hashes", f"all hashes of {accounts} accounts can be checked")
    yield from _of_imported_hashes(imported, s.policy.imported_hashes)
    if isinstance(s.hasher, Argon2Hasher):
        yield from _of_earlier_costs(ours, s.policy)


def _of_imported_hashes(left: Mapping[OldCost, int], declared: Sequence[str]) -> Iterator[Finding]:
    """How many still need what the policy declares; nothing where there was no earlier portal."""
    covering = [cost for cost in map(parse_declared, declared) if cost is not None]
    missing = [cost for cost in left if not any(one.covers_cost(cost) for one in covering)]
    count = sum(left.values())
    if missing:
        costs = ", ".join(f'"{text}"' for text in declaration_for(left))
        yield error(
            "imported-hashes",
            f"{sum(left[cost] for cost in missing)} accounts have hashes of an earlier portal that the "
            f"policy does not declare: nobody of them can sign in. Set imported_hashes = [{costs}].",
        )
    elif count:
        costs = ", ".join(f"{cost.text}: {number}" for cost, number in left.items())
        yield note(
            "imported-hashes",
            f"{count} accounts still have hashes of an earlier portal ({costs}); each becomes ours when its "
            "owner signs in. Every sign-in does that work too until imported_hashes is taken out.",
        )
    elif declared:
        yield warning(
            "imported-hashes",
            "no account has a hash of an earlier portal any more: take imported_hashes out of the policy, "
            "for every sign-in does that work too.",
        )


def _of_earlier_costs(kept: Mapping[AnyCost, int], policy: Policy) -> Iterator[Finding]:
    """How many of our own take another time than today's; nothing where the cost was never changed so."""
    today, whole = WholeWork(policy.argon2), WholeWork(policy.argon2, policy.earlier_argon2)
    checked = {cost: number for cost, number in kept.items() if not too_costly(cost, policy.argon2)}
    left = {cost: number for cost, number in checked.items() if not today.covers(cost)}
    seen = sum(number for cost, number in left.items() if not whole.covers(cost))
    if seen:
        wanted = [cost for cost in WholeWork(policy.argon2, left).costs if cost is not policy.argon2]
        costs = ", ".join(map(_table, wanted))
        yield warning(
            "earlier-hashes",
            f"{seen} hashes take another time to check than one of today's, which tells strangers that "
            f"there are such accounts. Set earlier_argon2 = [{costs}].",
        )
    elif left:
        yield note(
            "earlier-hashes",
            f"{sum(left.values())} hashes still have a cost of before. Every sign-in does that work too "
            "until earlier_argon2 is taken out.",
        )
    elif policy.earlier_argon2:
        yield warning(
            "earlier-hashes",
            "no account has a hash of an earlier cost any more: take earlier_argon2 out of the policy, "
            "for every sign-in does that work too.",
        )


def _table(cost: Cost) -> str:
    """As a configuration file has it."""
    memory, passes, lanes = cost.memory_cost, cost.time_cost, cost.parallelism
    return f"{{ time_cost = {passes}, memory_cost = {memory}, parallelism = {lanes} }}"


def _costs(account: Account) -> list[AnyCost]:
    """What a sign-in with this account's name may compute."""
    hashes = (from_text(text) for text in (account.password_hash, account.temporary_hash) if text)
    return [stored.cost for stored in hashes if stored is not None]


def _imported(account: Account) -> list[OldCost]:
    stored = from_text(account.password_hash or "")
    return [] if stored is None or stored.inner is None else [stored.inner.cost]


def _peppers(account: Account) -> tuple[set[str], int]:
    """The peppers that an account's hashes name, and 1 where one of them is no hash."""
    encoded = [account.password_hash, account.temporary_hash, account.answer_hash]
    hashes = [from_text(text) for text in encoded if text is not None]
    named = {stored.pepper_id for stored in hashes if stored is not None and stored.pepper_id is not None}
    return named, int(None in hashes)
