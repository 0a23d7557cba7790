"""Takes the pictures of the README (`make pictures`): the lesson, a study and its result, in the system's Chromium.

The results that are shown are run first, unless a folder that holds them is given: `python tests/pictures.py FOLDER`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from browser import SIZES, browser, enter, program

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
RESULTS = {"two-countries": ("--replicates", "20")}


def run(out: Path) -> None:
    """Make the results that are shown."""
    for name, options in RESULTS.items():
        command = [sys.executable, "-m", "sim", "compare", name, "--quiet", "--out", str(out), *options]
        subprocess.run(command, check=True)


def lesson(page: Any) -> None:
    """Show the fifth scene in month 40."""
    page.goto(page.url.split("#")[0] + "#/learn?scene=dice&month=40")
    page.get_by_text("Month 40", exact=True).wait_for(timeout=120_000)


def comparison(page: Any) -> None:
    """Show paired differences of the two countries."""
    page.goto(page.url.split("#")[0] + "#/compare?result=two-countries")
    page.wait_for_selector("main svg")


def study(page: Any) -> None:
    """Show the policies of the two countries as cards."""
    page.goto(page.url.split("#")[0] + "#/explore?base=two-countries")
    page.wait_for_selector(".policy-entry")
    page.locator(".policy-entry").last.click()
    page.wait_for_selector(".card-sentence")


def main() -> None:
    """Write the pictures into docs/pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1] if sys.argv[1:] else made)
        if not sys.argv[1:]:
            run(folder)
        with program(folder) as running, browser() as chromium:
            width, height = SIZES["projector"]
            context = chromium.new_context(viewport={"width": width, "height": height})
            page = enter(context, running)
            for name, show in (("learn", lesson), ("explore", study), ("compare", comparison)):
                show(page)
                page.wait_for_timeout(1500)
                page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
