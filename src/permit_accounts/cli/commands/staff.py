"""`permit-accounts staff`: what the city's staff do for people who call."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import (
    Call,
    names_an_actor,
    of_type,
    says_how_checked,
    takes_a_reason,
    works_on_a_city,
)
from permit_accounts.cli.tree import LateGroup


@click.group(
    cls=LateGroup,
    table={
        "find": ("staff", "Find accounts and roster licenses."),
        "temporary-password": ("staff", "Issue a temporary password, to be read out on the telephone."),
        "activation-link": ("staff", "Mail a set-up link to the address on file."),
        "open": ("staff", "Let unknown devices try the password again."),
        "disable": ("staff", "Turn an account off."),
        "enable": ("staff", "Turn a disabled account on again."),
        "reopen": ("staff", "Bring a closed account back, in set-up."),
        "email": ("staff", "Put another e-mail address on file."),
        "check-answer": ("staff", "Compare what a caller says with the security answer."),
        "claims": ("claims", "List the claims on licenses that wait."),
        "link": ("claims", "Link a license to an account, verified."),
        "approve": ("claims", "Verify an account's claim on a license."),
        "reject": ("claims", "Turn a claim down."),
        "release": ("claims", "Take a license from an account."),
        "transfer": ("claims", "Give a license and its name to another account."),
        "inbox": ("histories", "What staff must learn of."),
        "history": ("histories", "What happened to an account or a license."),
    },
)
def staff() -> None:
    """Find people, issue temporary passwords, decide claims.

    TEXT is a license number as people write it, or a username. Everything stands in the history with
    --actor and, where it changes something, with --reason. Whoever can run these commands has every
    permission.
    """


def _for_somebody(function: Any) -> Any:
    """A name, its type, and who asks."""
    return click.argument("text")(of_type(names_an_actor(works_on_a_city(function))))


@click.command()
@_for_somebody
def find(call: Call, **asked: Any) -> int:
    """Find accounts by license number, username or e-mail address, roster licenses by number."""
    from permit_accounts.cli import staff_acts

    return staff_acts.find(call, **asked)


@click.command("temporary-password")
@_for_somebody
@takes_a_reason
@says_how_checked
@click.option("--second-reason", default="", metavar="TEXT", help="Why a link by e-mail would not do.")
@click.option(
    "--no-email-reason",
    default="",
    metavar="TEXT",
    help="Why the person has no e-mail; set-up then asks for none.",
)
@click.option(
    "--business-name", default="", metavar="TEXT", help="Whose license it is, if not on the roster."
)
@click.option("--by-post", is_flag=True, help="It goes out as a letter, and so is good for longer.")
def temporary_password(call: Call, **asked: Any) -> int:
    """Issue a temporary password, to be read out on the telephone.

    It is shown once, with a word for each letter, and opens nothing but the page on which the person
    chooses a password. First check the caller by the city's documented method.
    """
    from permit_accounts.cli import temporary_password

    return temporary_password.issue(call, **asked)


@click.command("activation-link")
@_for_somebody
@takes_a_reason
def activation_link(call: Call, **asked: Any) -> int:
    """Mail a set-up link to the address on file: new password, question and answer."""
    from permit_accounts.cli import staff_acts

    return staff_acts.activation_link(call, **asked)


@click.command("open")
@_for_somebody
@takes_a_reason
def open(call: Call, **asked: Any) -> int:  # noqa: A001 - the command's own name
    """Let unknown devices try the password again, after strangers' failures closed it."""
    from permit_accounts.cli import staff_acts

    return staff_acts.change_standing(call, act="open", **asked)


@click.command()
@_for_somebody
@takes_a_reason
def disable(call: Call, **asked: Any) -> int:
    """Turn an account off. Every session ends at its next request."""
    from permit_accounts.cli import staff_acts

    return staff_acts.change_standing(call, act="disable", **asked)


@click.command()
@_for_somebody
@takes_a_reason
def enable(call: Call, **asked: Any) -> int:
    """Turn a disabled account on again."""
    from permit_accounts.cli import staff_acts

    return staff_acts.change_standing(call, act="enable", **asked)


@click.command()
@_for_somebody
@takes_a_reason
@click.option("--new-name", metavar="TEXT", help="What the person signs in with, if the old name is gone.")
def reopen(call: Call, **asked: Any) -> int:
    """Bring a closed account back, in set-up. Then issue a temporary password or mail a link."""
    from permit_accounts.cli import staff_acts

    return staff_acts.change_standing(call, act="reopen", **asked)


@click.command()
@_for_somebody
@click.argument("address")
@takes_a_reason
def email(call: Call, **asked: Any) -> int:
    """Put another e-mail ADDRESS on file, for somebody whose documents were seen in person."""
    from permit_accounts.cli import staff_acts

    return staff_acts.change_email(call, **asked)


@click.command("check-answer")
@_for_somebody
@takes_a_reason
def check_answer(call: Call, **asked: Any) -> int:
    """Compare what a caller says with the security answer. It is asked for, hidden, and never shown.

    A match by itself proves little: it is one part of checking a caller.
    """
    from permit_accounts.cli import staff_acts

    return staff_acts.check_answer(call, **asked)
