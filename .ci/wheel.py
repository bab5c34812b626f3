"""Check that a wheel holds the package exactly as the checkout has it, every file byte for byte, and no more.

    python3 .ci/wheel.py dist/permit_accounts-0.1.0-py3-none-any.whl src/permit_accounts

What the suite says of the checkout then holds for the wheel too, save for how it is installed.
"""

import sys
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

wheel, package = sys.argv[1], Path(sys.argv[2])
#: Without them the library works, but nobody sees its types, nor has its license.
ASKED_FOR = {"py.typed", "entry_points.txt", "licenses/LICENSE"}

checkout = {
    path.relative_to(package.parent).as_posix(): path.read_bytes()
    for path in package.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
with ZipFile(wheel) as archive:
    packed = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}

beside = {name for name in packed if PurePosixPath(name).parts[0].endswith(".dist-info")}
inside = packed.keys() - beside
wrong = [f"not in the wheel: {name}" for name in sorted(checkout.keys() - inside)]
wrong += [f"only in the wheel: {name}" for name in sorted(inside - checkout.keys())]
wrong += [
    f"different in the wheel: {name}"
    for name in sorted(inside & checkout.keys())
    if checkout[name] != packed[name]
]
wrong += [f"missing: {name}" for name in sorted(ASKED_FOR - {name.partition("/")[2] for name in packed})]
if wrong:
    sys.exit("\n".join(wrong))
print(f"{len(inside)} files as in the checkout, {len(beside)} about them")
