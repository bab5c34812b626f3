"""The frame, the parts and the style of the pages: nothing inline, all tied to its field, legible."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import permit_accounts.web
from web.sample_page import choice, field, idle, page, signed_in

WEB = Path(permit_accounts.web.__file__).parent
CSS = (WEB / "static" / "site.css").read_text(encoding="utf-8")

#: What stands on what, and the contrast it needs: 4.5 for text, 3 for controls and focus (WCAG 2.2, 1.4.3 and
#: 1.4.11).
PAIRS = [
    *[
        (text, ground, 4.5)
        for text in ("text", "muted", "accent", "accent-strong")
        for ground in ("page", "surface")
    ],
    *[("on-accent", ground, 4.5) for ground in ("accent", "accent-strong")],
    *[
        ("on-band", "band", 4.5),
        ("problem", "page", 4.5),
        ("problem", "surface", 4.5),
        ("page", "problem", 4.5),
        ("on-notice", "notice", 4.5),
    ],
    *[("problem", "problem-surface", 4.5), ("text", "problem-surface", 4.5), ("text", "good-surface", 4.5)],
    *[(mark, ground, 3.0) for mark in ("border", "focus") for ground in ("page", "surface")],
    *[("good", "page", 3.0), ("good", "good-surface", 3.0), ("focus", "problem-surface", 3.0)],
]


def flat(text):
    return " ".join(text.split())


EVERY_FIELD = (
    field(problem="Enter one.", hint="Notices go there."),
    field(type="password", id="f-password", name="password"),
    field(type="select", id="f-kind", name="kind", choices=[choice("a"), choice("b", current=True)]),
    field(type="radio", id="f-yes", name="yes", choices=[choice("yes"), choice("no")]),
    field(type="checkbox", id="f-box", name="box"),
)


@pytest.mark.attack("WEB-09")
@pytest.mark.parametrize("text", [page(*EVERY_FIELD), signed_in()], ids=["signed-out", "signed-in"])
def test_nothing_is_inline(text):
    """No style, script or event stands in a page, so that the policy can forbid them all."""
    assert [] == re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert ["<script src="] == re.findall(r"<script[^=]*=", text)
    assert [] == re.findall(r"""(?:src|href|action)=["'](?!/portal/|#|tel:)[^"']*""", text)


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("text", [page(), signed_in()], ids=["signed-out", "signed-in"])
def test_each_form_has_its_token(text):
    """Every form of the frame posts, and says that it came from here."""
    forms = re.findall(r"<form.*?</form>", text, re.S)

    assert len(forms) >= 2
    for form in forms:
        assert 'method="post"' in form
        assert '<input type="hidden" name="csrf_token" value="form-token">' in form


def test_header_of_the_guides():
    """Signed out: Home, Setup an Account, Login, the drop-down, and Forgot Password after them."""
    text = page()
    words = ["Home</a>", "Setup an Account</a>", "Login</a>", "Forgot Password</a>", "Public user</option>"]
    places = [
        text.index(word) for word in [*words, "Contractor</option>", "Remember me</label>", "Login</button>"]
    ]

    assert sorted(places) == places
    assert "Log out" not in text


def test_header_of_a_person():
    """Signed in: the username, the dashboard and the way out; no log-in form, even on the home page."""
    text = signed_in()

    assert "<strong>AEC123</strong>" in text
    assert 'href="/portal/dashboard"' in text
    assert 'action="/portal/sign-out"' in text
    assert "login-password" not in text
    assert "Forgot Password" not in text


def test_remember_me_is_the_citys_choice():
    """A city that does not offer it shows no box for it."""
    assert 'name="remember"' in page()
    assert 'name="remember"' not in page(remember_me=False)


def test_title_says_that_there_are_problems():
    """The first words that a screen reader says tell that the form came back (WCAG 2.2, 2.4.2 and 3.3.1)."""
    problems = [
        SimpleNamespace(field_id="f-email", label="E-mail", text="Enter one."),
        SimpleNamespace(field_id="", label="", text="Wait."),
    ]
    text = flat(page(problems=problems))

    assert "<title>Error: Home – Permit portal of Sampleton</title>" in text
    assert 'role="alert" tabindex="-1"' in text
    assert '<li><a href="#f-email">E-mail: Enter one.</a></li> <li>Wait.</li>' in text
    assert "<title>Home – Permit portal of Sampleton</title>" in page()


def test_label_hint_and_problem_belong_to_the_field():
    """Who hears the page hears all three at the field (WCAG 2.2, 1.3.1 and 3.3.1)."""
    text = flat(
        page(field(required=True, hint="Notices go there.", problem="Enter one.", autocomplete="email"))
    )

    star = '<span class="star" aria-hidden="true">*</span>'
    assert f'<label for="f-email">{star} <span id="f-email-label">E-mail address</span>' in text
    assert '<span class="visually-hidden">(required)</span></label>' in text
    assert '<p class="hint" id="f-email-hint">Notices go there.</p>' in text
    assert '<p class="problem" id="f-email-problem">' in text
    assert 'autocomplete="email" aria-invalid="true" aria-describedby="f-email-hint f-email-problem">' in text


def test_field_without_more_says_no_more():
    """Nothing points to a hint or a problem that is not there."""
    text = page(field())
    of_the_field = text[text.index("<main") :]

    assert "aria-describedby" not in of_the_field
    assert "aria-invalid" not in of_the_field
    assert "(required)" not in of_the_field


def test_password_is_never_sent_back():
    """Whatever was typed into a password field stays out of the page that comes back."""
    text = page(field(type="password", value="correct horse battery staple", problem="Too short."))

    assert "correct horse" not in text


def test_what_was_typed_is_text():
    """A value with markup in it comes back as it was typed, and as nothing else."""
    text = page(field(value='"><script>alert(1)</script>', label="<b>"))

    assert "<script>" not in text
    assert "&#34;&gt;&lt;script&gt;" in text
    assert "&lt;b&gt;</span></label>" in text


def test_problem_of_a_group_leads_to_its_first_choice():
    """The link of the summary lands on something that takes the focus."""
    text = page(
        field(type="radio", choices=[choice("yes"), choice("no", current=True)], problem="Choose one.")
    )

    assert '<input type="radio" id="f-email" name="email" value="yes" aria-invalid="true">' in text
    assert '<input type="radio" id="f-email-2" name="email" value="no" checked aria-invalid="true">' in text


def test_field_that_may_not_apply():
    """Its rule is there for the script, and its words for everyone without one."""
    text = flat(
        page(field(), more={"shown_when": "has_employees=yes", "note": "Only if you have employees."})
    )

    assert 'data-shown-when="has_employees=yes"' in text
    assert '<span class="without-script">Only if you have employees.</span>' in text


def test_warning_before_the_end():
    """The limit is said on each page, and the dialog has the times, the way on and the way out."""
    text = flat(signed_in())

    assert "you are signed out after 30 minutes without use." in text
    assert 'data-account="a1" data-ask="/portal/api/session"' in text
    assert 'data-seconds="1800" data-warn-seconds="120"' in text
    assert "data-last " not in text
    assert "data-last " in flat(signed_in(idle(can_be_extended=False)))
    assert "You will be signed out in 2 minutes," in text
    assert "<dialog" not in page()


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_frame_in_each_language(language):
    """The page says its language, marks it in the switch, and no key is left in it unfilled."""
    text = signed_in(language=language)

    assert f'<html lang="{language}">' in text
    assert f'value="{language}" lang="{language}" aria-current="true"' in text
    assert [] == re.findall(r"\{[a-z_]+\}|web\.layout", text)


def colors(scheme):
    """The custom properties of a scheme; the dark one overrides those that it names."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.S)[:2]
    read = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", light))
    return read | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", dark)) if scheme == "dark" else {})


def luminance(color):
    """Relative luminance as WCAG 2.2 defines it."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_the_standard_says():
    """Black on white is 21 to 1, and a gray of known contrast is what it is known for."""
    assert 21 == round(contrast("#000", "#ffffff"), 3)
    assert 4.54 == round(contrast("#767676", "#fff"), 2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_keep_their_contrast(scheme):
    """Each text and control is legible on each ground that it stands on, in both schemes."""
    known = colors(scheme)
    found = {(mark, on): round(contrast(known[mark], known[on]), 2) for mark, on, _ in PAIRS}

    assert {} == {pair: found[pair] for *pair_, least in PAIRS if found[pair := tuple(pair_)] < least}


def test_no_rule_of_the_style_stands_twice():
    """The second of two would be changed by nobody who finds the first."""
    for part in re.split(r"\n(?=@|\})", CSS):
        rules = [line.strip() for line in part.splitlines() if line.rstrip().endswith("}") and "{" in line]
        assert sorted(set(rules)) == sorted(rules)


def test_style_and_script_stay_small():
    """Both are read at once by a person, and loaded at once by a telephone."""
    assert (WEB / "static" / "site.css").stat().st_size <= 14 * 1024
    assert (WEB / "static" / "site.js").stat().st_size <= 8 * 1024
    assert [] == re.findall(r"url\(|@import|https?:", CSS)
