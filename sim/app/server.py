"""The program that a browser of this machine talks to: its routes, and what it says when something is wrong."""

import asyncio
import importlib
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from sim.app.crew import Crew
from sim.app.desk import Studies
from sim.app.jobs import Jobs
from sim.app.session import Guard, Session
from sim.app.sockets import Sockets
from sim.app.wire import Refused, answered

PAGES = Path(__file__).parent / "static"
NOT_BUILT = "The pages are not built: run `make web` in the repository, or install a release of displace."
LIVE_THREADS = 2


def create(out: Path, port: int, token: str, *, pages: Path = PAGES, warm: bool = True) -> Guard:
    """Return the program for one user: results below `out`, reached at `port` by the link with `token`."""
    session, ready = Session(port, token), threading.Event()
    crew, desk = Crew(LIVE_THREADS), Crew(1)  # the desk may be slow: nobody moves a slider there
    sockets, facts, jobs = Sockets(crew), Facts(desk), Jobs(out)
    studies = Studies(desk, jobs, ready)

    async def home(_: Request) -> Response:
        if not (pages / "index.html").is_file() or not (pages / "app.js").is_file():
            return PlainTextResponse(NOT_BUILT, 503)
        return FileResponse(pages / "index.html", media_type="text/html")

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        if warm:
            threading.Thread(target=warm_up, args=[ready], name="warm up", daemon=True).start()
        yield
        jobs.end()

    routes: list[BaseRoute] = [
        Route("/", home),
        Route("/api/app", facts.of("sim.app.facts", "facts")),
        Route("/api/lesson", facts.of("sim.app.lesson", "lesson")),
        Route("/api/about", facts.of("sim.app.about", "about")),
        Route("/api/atlas", facts.of("sim.app.atlas", "atlas")),
        WebSocketRoute("/api/live", sockets.serve),
        *studies.routes,
    ]
    if pages.is_dir():
        routes.append(Mount("/static", StaticFiles(directory=pages)))
    handlers = {Refused: refused, HTTPException: missing, Exception: broken}
    # The guard stands outside of everything, so that its headers are on answers to our own mistakes too.
    return Guard(Starlette(routes=routes, exception_handlers=handlers, lifespan=running), session)


class Facts:
    """What is the same for as long as the program runs: made when it is first asked for, and kept."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.kept: dict[str, Any] = {}
        self.making = asyncio.Lock()

    def of(self, module: str, name: str) -> Callable[[Request], Awaitable[Response]]:
        """Return the route that answers with what a function of a module returns."""

        async def answer(_: Request) -> Response:
            async with self.making:
                if module not in self.kept:
                    self.kept[module] = await self.crew.do(lambda: getattr(importlib.import_module(module), name)())
            return answered(self.kept[module])

        return answer


def warm_up(ready: threading.Event) -> None:
    """Compile and load the model before anybody waits for it."""
    try:
        importlib.import_module("sim.app.live").warm_up()
        ready.set()
        importlib.import_module("sim.app.studies")
    except Exception as error:  # whoever opens a world is told
        traceback.print_exception(error)


# ---- when something is wrong ------------------------------------------------------------------------


async def refused(_: Request, error: Exception) -> Response:
    """Say why something was refused."""
    assert isinstance(error, Refused)
    return answered({"error": error.error}, error.status)


async def missing(_: Request, error: Exception) -> Response:
    """Say that nothing is there, or that it is asked for in the wrong way."""
    assert isinstance(error, HTTPException)
    words = {404: "There is nothing at this address.", 405: "This cannot be done at this address."}
    return answered({"error": {"message": words.get(error.status_code, str(error.detail))}}, error.status_code)


async def broken(_: Request, error: Exception) -> Response:
    """Say that the program has made a mistake; what it was stands on its screen."""
    traceback.print_exception(error)
    return answered({"error": {"message": "The program made a mistake; its screen says which."}}, 500)
