"""Check rendered pages with axe-core in a real browser, on a desk's window and a phone's.

    python tools/accessibility.py reports/_output/drawdown/drawdown.html [PAGE ...]

Needs chromium (or chrome) on the PATH and axe-core: ``npm pack axe-core``, unpacked; its ``axe.min.js`` is found through
``--axe`` or the variable AXE. Ends with 1 where a page breaks a rule of WCAG 2.1 AA or axe's best practices.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WINDOWS = {"desk": "1300,2000", "phone": "500,2000"}
RUN = """
<script type="application/json" id="axe-found">"pending"</script>
<script>
axe.run(document).then(found => {
  const kept = found.violations.map(one => ({id: one.id, impact: one.impact, help: one.help,
    nodes: one.nodes.map(node => node.target.join(" ") + ": " + node.failureSummary)}));
  document.getElementById("axe-found").textContent =
    JSON.stringify({violations: kept, passed: found.passes.length}).replaceAll("<", "\\u003c");
});
</script>
</body>
"""


def checked(page: Path, axe: str, browser: str, window: str) -> dict[str, object]:
    """Return what axe says of a page: its violations and how many rules passed."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(text.replace("</body>", f"<script>{axe}</script>{RUN}", 1), encoding="utf-8")
        command = [browser, "--headless", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        command += [f"--user-data-dir={folder}/profile", f"--window-size={window}", copy.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180).stdout
    said = re.search(r'<script type="application/json" id="axe-found">(.*?)</script>', shown, re.DOTALL)
    if said is None or said[1] == '"pending"':
        raise SystemExit(f"{page}: axe gave no answer")
    found: dict[str, object] = json.loads(said[1])
    return found


def main() -> int:
    """Check each page in each window and print what is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--axe", type=Path, default=os.environ.get("AXE"))
    chosen = parser.parse_args()
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None or chosen.axe is None:
        parser.error("chromium and axe.min.js are needed: see --help")
    axe = chosen.axe.read_text(encoding="utf-8")
    wrong = 0
    for page in chosen.pages:
        for name, window in WINDOWS.items():
            found = checked(page, axe, browser, window)
            violations: list[dict[str, object]] = found["violations"]  # type: ignore[assignment]
            wrong += len(violations)
            print(f"{page.name}, {name}: {found['passed']} rules passed, {len(violations)} broken")
            for one in violations:
                print(f"  {one['id']} ({one['impact']}): {one['help']}")
                for node in one["nodes"][:5]:  # type: ignore[index]
                    print("    " + " ".join(str(node).split()))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
