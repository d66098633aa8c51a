#!/usr/bin/env bash
# The first screen of a rendered report as a picture, for the README.
# Usage: tools/screenshot.sh [PAGE] [PICTURE] [WIDTH] [HEIGHT]
# Needs chromium (or chrome) on the PATH and the project's .venv, whose Pillow reduces the picture to 256 colours.
set -euo pipefail
cd "$(dirname "$0")/.."
page=${1:-reports/_output/drawdown/drawdown.html}
picture=${2:-docs/report.png}
width=${3:-1100}
height=${4:-1000}
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || command -v chrome) ||
  { echo "no chromium on the PATH" >&2; exit 2; }
[ -f "$page" ] || { echo "$page is not there: make report" >&2; exit 2; }
page=$(cd "$(dirname "$page")" && pwd)/$(basename "$page")
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
sandbox=()
[ "$(id -u)" -ne 0 ] || sandbox=(--no-sandbox)  # chromium refuses to run as root with its sandbox
"$browser" --headless "${sandbox[@]}" --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
  --window-size="$width,$height" --screenshot="$profile/page.png" "file://$page" 2>/dev/null
.venv/bin/python - "$profile/page.png" "$picture" <<'PYTHON'
import sys

from PIL import Image

taken = Image.open(sys.argv[1]).convert("RGB")
taken.quantize(256, dither=Image.Dither.NONE).save(sys.argv[2], optimize=True)
print(f"{sys.argv[2]}: {taken.width} x {taken.height}")
PYTHON
