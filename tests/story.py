"""One long day in a city: every flow of the library, successes and refusals, for tests that watch it."""

from __future__ import annotations

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    ConfirmYourEmail,
    LinkState,
    Permission,
    SetupRequired,
    SignedIn,
    TemporaryPasswordIssued,
    Visitor,
)
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    contractor_form,
    links_in,
    public_form,
    setup_form,
)

AT_HOME = Visitor(ip="198.51.100.7", user_agent="Mozilla/5.0 (X11; Linux x86_64)")
NEW_PASSWORD = "forty brass kettles whistle"
THIRD_PASSWORD = "slow rain on tin roofs"
ANSWER = "the marching band"


def newest_link(world: World, address: str, path: str = "/") -> str:
    """The first link of the newest mail to an address that leads to this path."""
    for message in reversed(world.mails_to(address)):
        tokens = links_in(message)
        if tokens and path in message.text:
            return tokens[0]
    raise AssertionError(f"no mail with a link to {address}")


def signed_in(outcome: object) -> SignedIn:
    """The outcome, which must be a sign-in."""
    assert isinstance(outcome, SignedIn), outcome
    return outcome


def tell(world: World) -> list[str]:
    """Tell the whole day; answer every secret that it made or used."""
    secrets = [PASSWORD, NEW_PASSWORD, THIRD_PASSWORD, ANSWER]
    secrets += _public_user(world)
    secrets += _returning_contractor(world)
    secrets += _new_contractor(world)
    secrets += _staff(world)
    world.accounts.purge()
    world.deliver()
    for message in world.mailbox.messages:
        secrets += links_in(message)
    return secrets


def tell_public(world: World) -> list[str]:
    """The public user's part of the day; the one that `Policy.strict` can be told as well."""
    return _public_user(world)


def _public_user(world: World) -> list[str]:
    accounts = world.accounts
    accounts.register(PUBLIC, {"username": "ann", "password": "short"}, visitor=AT_HOME)
    question = {} if world.policy.question_required else {"question": None, "answer": None}
    made = accounts.register(PUBLIC, public_form("ann", **question), visitor=AT_HOME)
    if isinstance(made, ConfirmYourEmail):
        accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME)
    accounts.register(PUBLIC, public_form("ann", **question), visitor=AT_HOME)
    accounts.resend_confirmation("ann", visitor=AT_HOME)
    link = newest_link(world, "ann@mail.example.org")
    accounts.confirm_email(link, visitor=AT_HOME)
    accounts.confirm_email(link, password="not the password of ann", visitor=AT_HOME)
    accounts.confirm_email(link, password=PASSWORD, visitor=AT_HOME)
    accounts.sign_in(PUBLIC, "ann", "not the password of ann", visitor=AT_HOME)
    accounts.sign_in(PUBLIC, "nobody-has-this", PASSWORD, visitor=AT_HOME)
    one = signed_in(accounts.sign_in(PUBLIC, "Ann", PASSWORD, remember=True, visitor=AT_HOME))
    two = signed_in(accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME))
    tokens = [one.session_token, two.session_token, one.device_token, two.device_token]
    world.tick(minutes=6)
    accounts.session(two.session_token)
    accounts.sessions(two.session_token)
    accounts.end_session(two.session_token, one.session.id, visitor=AT_HOME)
    accounts.reauthenticate(two.session_token, "not the password of ann", visitor=AT_HOME)
    two = signed_in(accounts.reauthenticate(two.session_token, PASSWORD, visitor=AT_HOME))
    two = signed_in(accounts.end_other_sessions(two.session_token, visitor=AT_HOME))
    accounts.change_password(two.session_token, "wrong", NEW_PASSWORD, visitor=AT_HOME)
    accounts.change_password(two.session_token, PASSWORD, "short", visitor=AT_HOME)
    two = signed_in(accounts.change_password(two.session_token, PASSWORD, NEW_PASSWORD, visitor=AT_HOME))
    tokens.append(two.session_token)
    if world.policy.question_required:
        two = signed_in(
            accounts.change_security_question(
                two.session_token, NEW_PASSWORD, "first-dish", "potato soup", visitor=AT_HOME
            )
        )
    accounts.change_email(two.session_token, "ann2@mail.example.org", visitor=AT_HOME)
    changed = accounts.confirm_email(
        newest_link(world, "ann2@mail.example.org"), session_token=two.session_token, visitor=AT_HOME
    )
    tokens.append(changed.signed_in.session_token)  # type: ignore[union-attr]
    accounts.cancel_email_change(newest_link(world, "ann@mail.example.org"), visitor=AT_HOME)
    link = newest_link(world, "ann@mail.example.org")
    accounts.open_reset(link)
    accounts.reset_password(link, "short", "wrong answer", visitor=AT_HOME)
    accounts.reset_password(link, THIRD_PASSWORD, "potato soup", visitor=AT_HOME)
    accounts.reset_password(link, THIRD_PASSWORD, "potato soup", visitor=AT_HOME)
    accounts.remind_usernames("ann@mail.example.org", visitor=AT_HOME)
    accounts.remind_usernames("nobody@mail.example.org", visitor=AT_HOME)
    back = accounts.sign_in(PUBLIC, "ann", THIRD_PASSWORD, visitor=AT_HOME)
    if isinstance(back, SetupRequired):  # the question went with the change that was taken back
        tokens.append(back.token)
        asked = {"question": "first-dish", "answer": "onion tart"}
        back = accounts.finish_setup(back.token, asked, visitor=AT_HOME)
    three = signed_in(back)
    tokens += [three.session_token, three.device_token]
    accounts.activity(three.session_token)
    accounts.add_license(three.session_token, "CSLB 1012345", visitor=AT_HOME)
    accounts.add_license(three.session_token, "CSLB 1099999", visitor=AT_HOME)
    accounts.licenses(three.account)
    accounts.release_license(three.session_token, "us-ca-cslb:1099999", visitor=AT_HOME)
    accounts.export_account(three.session_token, visitor=AT_HOME)
    accounts.close_account(three.session_token, "wrong password", visitor=AT_HOME)
    accounts.close_account(three.session_token, THIRD_PASSWORD, visitor=AT_HOME)
    return [*tokens, "potato soup", "onion tart"]


def _returning_contractor(world: World) -> list[str]:
    accounts, desk = world.accounts, world.desk()
    world.add_to_roster("1012345", email=None)
    accounts.register(CONTRACTOR, contractor_form("1012345"), visitor=AT_HOME)
    accounts.request_password_reset("1012345", CONTRACTOR, visitor=AT_HOME)
    issued = desk.issue_temporary_password(
        "1012345", reason="first sign-in", checked_how="called back the number on file"
    )
    assert isinstance(issued, TemporaryPasswordIssued)
    required = accounts.sign_in(CONTRACTOR, "CSLB #1012345", issued.password.upper(), visitor=AT_HOME)
    assert isinstance(required, SetupRequired)
    accounts.open_setup(required.token)
    accounts.finish_setup(required.token, setup_form(required.asks, password="short"), visitor=AT_HOME)
    accounts.finish_setup(
        required.token, setup_form(required.asks, password=issued.password), visitor=AT_HOME
    )
    finished = signed_in(accounts.finish_setup(required.token, setup_form(required.asks), visitor=AT_HOME))
    accounts.finish_setup(required.token, setup_form(required.asks), visitor=AT_HOME)
    accounts.verified_licenses(finished.account)
    accounts.sign_out(finished.session_token, visitor=AT_HOME)
    world.add_to_roster("1012346", email="second@contractor.example.org")
    accounts.request_password_reset("1012346", visitor=AT_HOME)
    link = newest_link(world, "second@contractor.example.org")
    form = accounts.open_setup(link)
    second = signed_in(accounts.finish_setup(link, setup_form(form.asks), visitor=AT_HOME))  # type: ignore[union-attr]
    return [
        issued.password,
        issued.password.replace("-", ""),
        required.token,
        finished.session_token,
        finished.device_token,
        second.session_token,
        second.device_token,
    ]


def _new_contractor(world: World) -> list[str]:
    accounts = world.accounts
    made = accounts.register(CONTRACTOR, contractor_form("1154002"), visitor=AT_HOME)
    if isinstance(made, SignedIn):
        return [made.session_token, made.device_token]
    return []


def _staff(world: World) -> list[str]:
    desk = world.desk()
    nobody = world.desk("desk-2", may=frozenset({Permission.FIND}))
    nobody.disable("1154002", reason="not allowed to do this")
    desk.find("1154002")
    desk.find("office1154002@contractor.example.org")
    desk.find("no such person")
    desk.history("1154002")
    desk.inbox()
    desk.claims(LinkState.CLAIMED)
    desk.claims(LinkState.PENDING)
    desk.approve("1154002", "1154002", reason="license seen at the counter")
    desk.check_answer("1154002", "wrong answer", reason="telephone call")
    desk.send_link("1154002", reason="forgot the answer")
    desk.open("1154002", reason="asked by telephone")
    desk.disable("1154002", reason="reported stolen")
    desk.enable("1154002", reason="cleared up")
    desk.change_email("1154002", "new@contractor.example.org", reason="documents seen in person")
    desk.correct_license("1012345", business_name="Corrected Builders", reason="misspelled")
    issued = desk.issue_temporary_password(
        "1154002", reason="no mailbox any more", checked_how="documents seen", second_reason="mail bounces"
    )
    world.add_to_roster("1154003", email=None)
    desk.transfer("1154002", reason="sold the business")
    desk.release("1012346", "1012346", reason="license ended")
    desk.reopen("1012346", reason="came back")
    desk.reject("1012345", "1012345", reason="not theirs")
    return [issued.password] if isinstance(issued, TemporaryPasswordIssued) else []
