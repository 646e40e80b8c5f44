"""`make manual`: docs/manual becomes rkviz/manual (ignored by git), which F1 opens.

Does nothing where what was built is newer than everything it is built from.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS, BUILT = ROOT / "docs", ROOT / "rkviz" / "manual"


def main() -> int:
    """Build the manual where it is out of date; returns the exit code."""
    made = BUILT / "en" / "index.html"
    if made.exists() and made.stat().st_mtime >= _last_change():
        return 0
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file"]
    command += [str(DOCS / "mkdocs.yml"), "--site-dir", str(BUILT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return done.returncode
    for page_list in BUILT.glob("sitemap.xml*"):  # for search engines: there is no site
        page_list.unlink()
    made.touch()
    return 0


def _last_change() -> float:
    sources = [DOCS / "mkdocs.yml", Path(__file__)]
    sources += [path for top in ("manual", "manual_theme") for path in (DOCS / top).rglob("*")]
    return max(path.stat().st_mtime for path in sources)


if __name__ == "__main__":
    raise SystemExit(main())
