"""Fail where a line of some parts of a package was never run, by the coverage of a run as JSON.

    coverage json -q -o covered.json
    python3 .ci/covered.py covered.json src/permit_accounts aio.py contrib web

`coverage report --fail-under` counts branches as well wherever they were measured. The core is held to every
branch by it; other parts are held to every line by this.
"""

import json
import sys
from pathlib import Path

report, package, *parts = sys.argv[1:]
measured = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
lines, wrong = 0, []
for part in (Path(package, name) for name in parts):
    modules = [part] if part.is_file() else sorted(part.rglob("*.py"))
    if not modules:
        wrong.append(f"{part}: there is no such module")
    for module in modules:
        if str(module) not in measured:
            wrong.append(f"{module}: not measured")
            continue
        found = measured[str(module)]
        lines += found["summary"]["num_statements"]
        if found["missing_lines"]:
            wrong.append(f"{module}: never run: {', '.join(map(str, found['missing_lines']))}")
if wrong:
    sys.exit("\n".join(wrong))
print(f"{lines} lines of {', '.join(parts)}: all of them run")
