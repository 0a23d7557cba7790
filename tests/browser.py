"""The pages in a real browser: which one, how it is started, and a program of ours for it to talk to.

Run as a program it says whether there is a browser (exit 0) or not (exit 1); `make test` asks it.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"projector": (1366, 768), "tablet": (1024, 768), "phone": (390, 844)}
SERIOUS = ("serious", "critical")


def chromium() -> str:
    """Return the path of the system's Chromium (or the one that CHROMIUM names), or raise LookupError."""
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [path for name in NAMES if (path := shutil.which(name))]
    found += [] if named else [path for path in ELSEWHERE if Path(path).exists()]
    if not found or not shutil.which(found[0]):
        raise LookupError(
            "the tests of the pages need Chromium: sudo apt-get install chromium, or name one in CHROMIUM"
        )
    return found[0]


@contextmanager
def browser() -> Iterator[Any]:
    """Give Chromium; it is closed afterwards."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        try:
            yield running
        finally:
            running.close()


class Program:
    """A running `displace app`: its link, and the ways it ends."""

    def __init__(self, out: Path, *options: str) -> None:
        command = [sys.executable, "-m", "sim", "app", "--no-browser", "--out", str(out), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if link := re.search(r"http://\S+", line):
                self.link = link.group()
                break
        else:
            raise AssertionError(f"the program ended before it named a link: {self.said}")
        self.home = self.link.split("?")[0].rstrip("/")
        self.port = int(self.home.rsplit(":", 1)[1])

    def end(self, how: int = signal.SIGTERM) -> int:
        """End the program and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()
        return code


@contextmanager
def program(out: Path, *options: str) -> Iterator[Program]:
    """Give a running program; it is ended afterwards."""
    running = Program(out, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()


class Outside:
    """The requests of a page that leave this machine: none are let through, all are kept."""

    def __init__(self, context: Any, home: str) -> None:
        self.asked: list[str] = []
        inside = (home, home.replace("http", "ws", 1), "data:", "blob:", "about:")

        def decide(route: Any) -> None:
            if route.request.url.startswith(inside):
                route.continue_()
            else:
                self.asked.append(route.request.url)
                route.abort()

        context.route("**/*", decide)


def enter(context: Any, running: Program, place: str = "learn") -> Any:
    """Return a page of the program, let in by its link, at a place (a fragment without `#/`)."""
    page = context.new_page()
    page.goto(running.link)
    page.goto(f"{running.home}/#/{place}")
    page.wait_for_selector("main h1")
    return page


@contextmanager
def visitor(out: Path) -> Iterator[tuple[Program, Any, Outside]]:
    """Give a running program, a profile of Chromium that has been let in, and what its pages ask of others."""
    with program(out) as running, browser() as chromium:
        width, height = SIZES["projector"]
        context = chromium.new_context(viewport={"width": width, "height": height})
        outside = Outside(context, running.home)
        enter(context, running, "about").close()
        yield running, context, outside
        context.close()


def complaints(page: Any) -> list[str]:
    """Return what axe finds serious or critical on a page, a line for each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


if __name__ == "__main__":
    try:
        chromium()
    except LookupError:
        sys.exit(1)
