"""The verb app: the pages, served to a browser of this machine."""

import importlib.util
import os
import signal
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Any

from sim.cli.health import writable
from sim.cli.mistakes import Exit, Misused

NEEDED = ("starlette", "uvicorn", "websockets")
GRACE = 1  # seconds that open connections get to end


def serve(port: int, browser: bool, out: Path) -> int:
    """Serve the pages until the program is ended; return the exit code."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise Misused("the pages need a few more libraries: pip install 'displace[app]'")
    if not writable(out):
        raise Misused(f"{out}: nothing can be written there; name another folder with --out")
    listening = listen(port)
    from sim.app.server import create
    from sim.app.session import unguessable

    port, token = listening.getsockname()[1], unguessable(24)
    link = f"http://127.0.0.1:{port}/?token={token}"

    return _until_ended(create(out, port, token), listening, link, browser)


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine alone, or raise Misused if the port is taken."""
    listening = socket.socket()
    if os.name == "posix":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()
    except OSError as taken:
        listening.close()
        raise Misused(f"port {port} cannot be used ({taken.strerror}): name another one with --port") from taken
    return listening


def _until_ended(app: Any, listening: socket.socket, link: str, browser: bool) -> int:
    import uvicorn

    class Server(uvicorn.Server):
        """Names the link once somebody answers there."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"{link}\nOpen this link in a browser on this machine; Ctrl-C ends the program.", flush=True)
            if browser:
                threading.Thread(target=webbrowser.open, args=[link], daemon=True).start()

    config = uvicorn.Config(
        app, log_level="critical", access_log=False, lifespan="on", timeout_graceful_shutdown=GRACE,
        ws="websockets-sansio", ws_max_size=64 * 1024, ws_per_message_deflate=False, server_header=False,
    )  # fmt: skip
    ended: list[int] = []
    # Uvicorn ends on both signals and then sends itself the signal again: it arrives here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: ended.append(number))
    Server(config).run([listening])
    print("Stopped; the results that were finished are kept.", flush=True)
    sys.stderr.flush()
    # A thread that is compiling the model cannot be interrupted, and nothing waits for it.
    os._exit(Exit.INTERRUPTED if signal.SIGINT in ended else Exit.DONE)
