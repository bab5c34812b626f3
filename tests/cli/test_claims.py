"""Claims on licenses, decided at a terminal."""

from __future__ import annotations

import pytest

from cli.terminal import Terminal
from permit_accounts.model.codes import LinkState, Standing
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.testing.world import contractor_form, public_form

_WHY = ("--reason", "pocket card seen at the counter")


@pytest.fixture
def claim(terminal: Terminal) -> Terminal:
    """A city where one contractor registered, and a public user."""
    portal = terminal.portal()
    assert isinstance(portal.register("contractor", contractor_form("1012345")), SignedIn)
    assert isinstance(portal.register("public", public_form("ann")), SignedIn)
    return terminal


def test_claims_that_wait_are_listed(claim: Terminal) -> None:
    """Each with the account that makes it."""
    assert "us-ca-cslb:1012345: claimed" in claim.run("staff", "claims").out
    assert "office1012345@contractor.example.org" in claim.run("staff", "claims").out
    document = claim.run("staff", "claims", "--json").document
    assert ["1012345"] == [row["account"]["username"] for row in document["claims"]]


def test_no_claims_is_said(claim: Terminal) -> None:
    """An empty list is an answer."""
    ended = claim.run("staff", "claims", "--state", "rejected")
    assert (0, "No claim is in the state 'rejected'.\n") == (ended.code, ended.out)


def test_more_claims_are_pointed_out(claim: Terminal) -> None:
    """A page that is full may not be the last."""
    assert "--limit" in claim.run("staff", "claims", "--limit", "1").err


@pytest.mark.parametrize("command", ["approve", "link"])
def test_a_claim_is_verified(command: str, claim: Terminal) -> None:
    """By either word: what was claimed is approved, what was not is linked."""
    document = claim.run("staff", command, "CSLB 1012345", "1012345", *_WHY, "--json").document
    assert LinkState.VERIFIED == document["link"]["state"]
    assert "verified" in claim.run("staff", "find", "1012345").out


def test_a_second_license_is_linked(claim: Terminal) -> None:
    """One that the account never claimed."""
    assert (
        "Done: claim on us-ca-cslb:1023456: verified"
        in claim.run("staff", "link", "1023456", "1012345", *_WHY).out
    )


def test_a_claim_is_turned_down(claim: Terminal) -> None:
    """The account was named by it and gets a new name, or is closed."""
    document = claim.run(
        "staff", "reject", "1012345", "1012345", *_WHY, "--new-name", "1023456", "--json"
    ).document
    assert LinkState.REJECTED == document["link"]["state"]
    assert "1023456" in claim.run("staff", "find", "1023456").out


def test_a_license_is_released(claim: Terminal) -> None:
    """Without another name the account is closed."""
    assert 0 == claim.run("staff", "release", "1012345", "1012345", *_WHY).code
    found = claim.run("staff", "find", "1012345", "--json").document["found"]
    assert [Standing.CLOSED] == [hit["account"]["standing"] for hit in found]


def test_a_license_is_transferred(claim: Terminal) -> None:
    """To another account; the former holder keeps a name."""
    ended = claim.run(
        "staff", "transfer", "1012345", "--to", "ann", "--new-name-for-holder", "1023456", *_WHY
    )
    assert 0 == ended.code
    assert "The account that has it now:\nann, Public user" in ended.out


def test_what_cannot_be_decided_is_refused(claim: Terminal) -> None:
    """In the catalog's words, with exit code 1."""
    assert 1 == claim.run("staff", "approve", "1099999", "nobody", *_WHY).code
    assert 1 == claim.run("staff", "transfer", "not a number", *_WHY).code
    assert 1 == claim.run("staff", "release", "1099999", "ann", *_WHY).code


def test_an_unknown_state_is_a_usage_error(claim: Terminal) -> None:
    """With the states there are."""
    assert (2, True) == (
        (ended := claim.run("staff", "claims", "--state", "odd")).code,
        "pending" in ended.err,
    )
