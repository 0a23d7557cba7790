"""Takes the pictures of the README (`make pictures`): the lesson, a comparison and a map, in the system's Chromium."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from browser import SIZES, browser, enter, program

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
RESULTS = {"two-countries": ("--replicates", "20"), "mekong": ("--replicates", "4", "--set", "scale=0.05")}


def run(out: Path) -> None:
    """Make the results that are shown."""
    for name, options in RESULTS.items():
        command = [sys.executable, "-m", "sim", "compare", name, "--quiet", "--out", str(out), *options]
        subprocess.run(command, check=True)


def lesson(page: Any) -> None:
    """Show the fifth scene in month 40."""
    page.goto(page.url.split("#")[0] + "#/learn?scene=dice&month=40")
    page.wait_for_selector('[data-week="173"]')


def comparison(page: Any) -> None:
    """Show paired differences of the two countries."""
    page.goto(page.url.split("#")[0] + "#/compare?result=two-countries")
    page.wait_for_selector("main svg")


def map_of(page: Any) -> None:
    """Show where operations are in the Mekong region."""
    page.goto(page.url.split("#")[0] + "#/map?result=mekong")
    page.wait_for_selector("main svg path")


def main() -> None:
    """Write the pictures into docs/pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder))
        with program(Path(folder)) as running, browser() as chromium:
            width, height = SIZES["projector"]
            context = chromium.new_context(viewport={"width": width, "height": height})
            page = enter(context, running)
            for name, show in (("learn", lesson), ("compare", comparison), ("map", map_of)):
                show(page)
                page.wait_for_timeout(1500)
                page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
