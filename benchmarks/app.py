"""How many frames a second the pages show, and how soon: `make bench-app`, or `python benchmarks/app.py`.

Starts the program on this machine and prints a table: bundle size, time to the first picture, frames a second of
one and of four pages in Chromium, and of thirty sockets (the same lesson, and thirty lessons that share nothing). A
socket plays as a page does: it asks for 39 weeks ahead and shows the next frame every 50 ms if it has come; the gap is
the longest time between two frames shown. Reported, never asserted: machines are shared.
"""

import asyncio
import gzip
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

from websockets.asyncio.client import connect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from browser import Program, browser, enter, program  # noqa: E402

SOCKETS, BEAT, AHEAD, WEEKS = 30, 0.05, 39, 78
SECONDS = 8.0
COUNT_FRAMES = """seconds => new Promise(done => {
  let shown = 0, longest = 0, before = performance.now(), last = null;
  const began = before;
  const look = now => {
    const week = document.querySelector('[data-week]')?.dataset.week;
    if (week !== last) {
      if (last !== null) longest = Math.max(longest, now - before);
      shown++; last = week; before = now;
    }
    if (now - began < 1000 * seconds) requestAnimationFrame(look);
    else done([shown / seconds, longest]);
  };
  requestAnimationFrame(look);
})"""


class _Stay(HTTPRedirectHandler):
    def http_error_303(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any) -> Any:
        return fp


def cookie(running: Program) -> str:
    """Return the cookie that the link is exchanged for."""
    answer = build_opener(_Stay).open(Request(running.link))
    return str(answer.headers["set-cookie"]).split(";")[0]


async def play(running: Program, pass_: str, seed: int) -> tuple[float, float]:
    """Play a lesson as a page does; return frames a second and the longest gap in seconds."""
    address = running.home.replace("http", "ws", 1) + "/api/live"
    async with connect(
        address, additional_headers={"cookie": pass_, "origin": running.home}, max_size=None, open_timeout=60
    ) as socket:
        pressure = [{"week": 13, "pressure": 0.5}]
        opening = {"do": "open", "id": 1, "preset": "balloon", "seed": seed, "a": pressure, "b": pressure}
        await socket.send(json.dumps(opening))
        while json.loads(await socket.recv())["is"] != "opened":
            pass
        come, asked, shown, longest, first = 0, AHEAD, 0, 0.0, 0.0
        await socket.send(json.dumps({"do": "want", "id": 1, "from": 0, "upto": AHEAD}))

        async def listen() -> None:
            nonlocal come
            async for message in socket:
                told = json.loads(message)
                if told["is"] == "frames":
                    come += len(told["frames"])

        listening = asyncio.create_task(listen())
        before = 0.0
        while shown < WEEKS:
            await asyncio.sleep(BEAT)
            if shown >= come:
                continue
            now = time.perf_counter()
            first, longest = first or now, max(longest, now - before if before else 0.0)
            before, shown = now, shown + 1
            if shown + AHEAD > asked and asked < WEEKS:
                upto = min(WEEKS, asked + 13)
                await socket.send(json.dumps({"do": "want", "id": 1, "from": asked, "upto": upto}))
                asked = upto
        listening.cancel()
        return (shown - 1) / (before - first), longest


async def class_of(running: Program, pass_: str, seeds: list[int]) -> tuple[float, float, float]:
    """Return the median and the least frames a second of many sockets at once, and the longest gap (ms)."""
    found = await asyncio.gather(*(play(running, pass_, seed) for seed in seeds))
    return median(rate for rate, _ in found), min(rate for rate, _ in found), 1000 * max(gap for _, gap in found)


def pages(running: Program, chromium: Any, number: int) -> tuple[float, float, float]:
    """Return the least frames a second of pages that play at once, the longest gap (ms), and the first picture (s)."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    began = time.perf_counter()
    opened = [enter(context, running, f"learn?scene=dice&seed={100 * number + place}") for place in range(number)]
    opened[0].wait_for_selector("[data-week]")
    first = time.perf_counter() - began
    for page in opened:
        page.wait_for_selector("[data-week]")
        page.evaluate("window.counted = undefined")
        page.get_by_role("button", name="Play", exact=True).click()
    for page in opened:
        page.evaluate(f"{{ window.counted = ({COUNT_FRAMES})({SECONDS}); 0 }}")
    found = [page.evaluate("window.counted") for page in opened]
    context.close()
    return min(rate for rate, _ in found), max(gap for _, gap in found), first


def main() -> None:
    """Measure and print the table."""
    static = ROOT / "sim" / "app" / "static"
    script = (static / "app.js").read_bytes() + (static / "app.css").read_bytes()
    rows = [("bundle", f"{len(script) / 1000:.0f} kB, {len(gzip.compress(script)) / 1000:.0f} kB compressed")]
    with tempfile.TemporaryDirectory() as out, program(Path(out)) as running:
        with browser() as chromium:
            warm = chromium.new_context()
            pass_ = cookie(running)
            warm.close()
            name, value = pass_.split("=", 1)
            for number in (1, 1, 4):
                context_free = _Let(chromium, running, name, value)
                rate, gap, first = pages(running, context_free, number)
                rows.append(
                    (
                        f"{number} page{'s' * (number > 1)}",
                        f"{rate:.1f} frames/s, longest gap {gap:.0f} ms, first {first:.1f} s",
                    )
                )
        for what, seeds in (("one lesson", [7] * SOCKETS), ("a lesson each", list(range(1, SOCKETS + 1)))):
            middle, least, gap = asyncio.run(class_of(running, pass_, seeds))
            rows.append(
                (f"{SOCKETS} sockets, {what}", f"{middle:.1f} frames/s (least {least:.1f}), longest gap {gap:.0f} ms")
            )
    for what, figure in rows:
        print(f"{what:28} {figure}")


class _Let:
    """Chromium whose profiles have the cookie already: the link is good for one browser only."""

    def __init__(self, chromium: Any, running: Program, name: str, value: str) -> None:
        self._chromium, self._cookie = chromium, {"name": name, "value": value, "url": running.home}

    def new_context(self, **options: Any) -> Any:
        context = self._chromium.new_context(**options)
        context.add_cookies([self._cookie])
        return context


if __name__ == "__main__":
    main()
