"""Print the fenced blocks of one language in a document, or only the n-th, exactly as the document has them.

    python3 .ci/block.py README.md sh 2

The gate runs README's commands through this, so that neither can drift from the other.
"""

import re
import sys
from pathlib import Path

document, language, *number = sys.argv[1:]
fence = rf"^```{re.escape(language)}\n(.*?)^```$"
blocks = re.findall(fence, Path(document).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
if number:
    position = int(number[0])
    if len(blocks) < position:
        sys.exit(f"{document} has {len(blocks)} {language} blocks, not {position}")
    blocks = [blocks[position - 1]]
sys.stdout.write("\n".join(blocks))
