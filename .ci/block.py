"""Print the fenced blocks of one language in a document, or the one that has a word, exactly as they stand.

    python3 .ci/block.py README.md sh pytest

The gate runs README's commands through this, so that neither can drift from the other.
"""

import re
import sys
from pathlib import Path

document, language, *words = sys.argv[1:]
fence = rf"^```{re.escape(language)}\n(.*?)^```$"
blocks = re.findall(fence, Path(document).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
for word in words:
    blocks = [block for block in blocks if word in block]
if words and len(blocks) != 1:
    sys.exit(f"{document} has {len(blocks)} {language} blocks with {' and '.join(words)}, not one")
sys.stdout.write("\n".join(blocks))
