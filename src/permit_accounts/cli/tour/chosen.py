"""What a person chose on a page, held against the account as it stands in the file."""

from __future__ import annotations

from permit_accounts.cli.tour.people import Person
from permit_accounts.cli.tour.telling import expect
from permit_accounts.model.records import Account


def has_chosen(account: Account, person: Person) -> None:
    """Password and answer are kept as slow hashes, beside the very question that was chosen.

    Raises:
        NotAsTheGuideSays: One of them is not there.
    """
    expect((account.password_hash or "").startswith("$argon2id$"), "no password is kept as a slow hash")
    asked = person.form["question"]
    expect(account.question_id == asked, f"the security question on file is {account.question_id}")
    expect((account.answer_hash or "").startswith("$argon2id$"), "no answer is kept as a slow hash")
