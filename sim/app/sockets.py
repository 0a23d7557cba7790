"""The socket of the live worlds: the browser asks for weeks, they are computed and sent as they are ready.

A session has no state but its latest `open`: a browser that comes back asks again. Each session has at most one piece
of work among those that wait for the crew, so that all sessions get on equally.
"""

import asyncio
import importlib
from collections import deque
from collections.abc import Awaitable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sim.app.crew import Crew
from sim.app.presets import MOST_ENTRIES
from sim.app.session import MOST_SOCKETS
from sim.app.wire import Refused, read_json, text_of

CHUNK = 13  # frames of a message
MOST_FRAMES = 260  # of a `want`
MOST_WAITING = 16  # questions of one session
MOST_BAD = 20  # messages that make no sense, before a socket is closed
LARGEST_MESSAGE = 64 * 1024  # bytes
TRY_LATER, REFUSED = 1013, 1008  # codes of a closed socket

Message = dict[str, Any]


class Gone(Exception):
    """The browser has closed its socket."""


class Sockets:
    """All open sockets of the program."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Talk with one browser until it goes."""
        await socket.accept()
        if self.open >= MOST_SOCKETS:
            await socket.close(TRY_LATER, f"{MOST_SOCKETS} pages are open already: close one and try again")
            return
        self.open += 1
        try:
            await Talk(socket, self.crew).go_on()
        finally:
            self.open -= 1


class Talk:
    """What one browser asks and is answered."""

    def __init__(self, socket: WebSocket, crew: Crew) -> None:
        self.socket, self.crew = socket, crew
        self.work: asyncio.Task[None] | None = None
        self.id = 0
        self.waiting: deque[Message] = deque()
        self.asked = asyncio.Event()
        self.bad = 0

    async def go_on(self) -> None:
        """Read messages until the browser goes or has sent too much nonsense."""
        try:
            while True:
                try:
                    self._take(await self._message())
                except Refused as refused:
                    self.bad += 1
                    await self._send(text_of({"is": "error", "message": str(refused)}))
                    if self.bad >= MOST_BAD:
                        await self.socket.close(REFUSED, "too many messages that make no sense")
                        return
        except Gone:
            return
        finally:
            self._drop()

    async def _message(self) -> Message:
        """Return the next message, or raise Refused."""
        got = await self.socket.receive()
        if got["type"] == "websocket.disconnect":
            raise Gone
        text = got.get("text")
        if text is None:
            raise Refused(400, "Messages are texts.")
        if len(text) > LARGEST_MESSAGE:
            raise Refused(413, f"A message has at most {LARGEST_MESSAGE // 1024} kB.")
        message = read_json(text)
        if not isinstance(message, dict) or not isinstance(message.get("do"), str):
            raise Refused(400, "A message is a mapping that says what to do.")
        return message

    def _take(self, message: Message) -> None:
        """Note what is asked; an `open` drops all that was asked before."""
        kind = message["do"]
        if kind not in ("open", "want", "ask"):
            raise Refused(400, f"There is nothing to do that is called '{kind[:40]}'.")
        number = whole(message, "id", 0, 2**53)
        if kind == "open":
            order = opening(message)
            self._drop()
            self.id, self.waiting, self.asked = number, deque(), asyncio.Event()
            self.work = asyncio.create_task(self._serve(order))
            return
        if self.work is None or self.work.done() or number != self.id:
            return  # of worlds that are not shown any more
        if kind == "want":
            first = whole(message, "from", 0, 10_000)
            last = whole(message, "upto", first + 1, first + MOST_FRAMES)
            order = {"do": "want", "from": first, "upto": last}
        else:
            order = {
                "do": "ask",
                "world": word(message, "world", ("a", "b")),
                "week": whole(message, "week", 0, 10_000),
            }
            order |= {"site": whole(message, "site", 0, 2**53), "to": word(message, "to")}
        if len(self.waiting) >= MOST_WAITING:
            raise Refused(429, "Too much is asked at once.")
        self.waiting.append(order)
        self.asked.set()

    def _drop(self) -> None:
        if self.work is not None:
            self.work.cancel()
            self.work = None

    async def _serve(self, order: Message) -> None:
        """Open a pair of worlds, then answer what is asked of it, one piece after another."""
        number, waiting, asked = self.id, self.waiting, self.asked
        try:
            pair = await self._told(number, self._opened(number, order))
            while pair is not None:
                await asked.wait()
                asked.clear()
                while waiting:
                    one = waiting.popleft()
                    work = self._frames if one["do"] == "want" else self._answer
                    await self._told(number, work(pair, number, one))
        except Gone:
            return

    async def _told(self, number: int, work: Awaitable[Any]) -> Any:
        """Return what comes of a piece of work; what goes wrong with it is told to the browser."""
        try:
            return await work
        except Gone:
            raise
        except ValueError as mistake:  # UnknownName too
            told = {"is": "error", "id": number, "message": str(mistake)[:500]}
        except Exception as stop:  # the model's own: the page keeps its last good picture
            told = {
                "is": "stopped", "id": number, "week": getattr(stop, "week", 0),
                "message": str(getattr(stop, "message", "The model has stopped.")),
                "detail": str(getattr(stop, "detail", f"{type(stop).__name__}: {stop}"))[:2000],
            }  # fmt: skip
        await self._send(text_of(told))
        return None

    async def _opened(self, number: int, order: Message) -> Any:
        """Return a pair of worlds, having told the browser that it is there."""

        def both() -> tuple[Any, str]:
            live = importlib.import_module("sim.app.live")
            pair = live.open_pair(order["preset"], order["seed"], order["a"], order["b"])
            return pair, text_of({"is": "opened", "id": number, **pair.opened()})

        pair, told = await self.crew.do(both)
        await self._send(told)
        return pair

    async def _frames(self, pair: Any, number: int, one: Message) -> None:
        """Send the frames of some weeks, a few at a time."""

        def some(first: int) -> str:
            frames = pair.frames(first, min(first + CHUNK, one["upto"]))
            return text_of({"is": "frames", "id": number, "from": first, "frames": frames})

        for first in range(one["from"], one["upto"], CHUNK):
            await self._send(await self.crew.do(some, first))

    async def _answer(self, pair: Any, number: int, one: Message) -> None:
        """Send what a site weighs between staying and moving."""
        answer = await self.crew.do(pair.ask, one["world"], one["week"], one["site"], one["to"])
        await self._send(text_of({"is": "answer", "id": number, "site": one["site"], **answer}))

    async def _send(self, text: str) -> None:
        try:
            await self.socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as gone:
            raise Gone from gone


def opening(message: Message) -> Message:
    """Return what an `open` asks for, or raise Refused."""
    order: Message = {"preset": word(message, "preset"), "seed": whole(message, "seed", 0, 2**53)}
    for world in ("a", "b"):
        order[world] = timeline(message, world)
    return order


def timeline(message: Message, key: str) -> list[Message]:
    """Return the lever settings of a world, or raise Refused; what they mean is checked where they are used."""
    entries = message.get(key, [])
    if (
        not isinstance(entries, list)
        or len(entries) > MOST_ENTRIES
        or not all(isinstance(entry, dict) for entry in entries)
    ):
        raise Refused(400, f"'{key}' is a list of at most {MOST_ENTRIES} settings.")
    return entries


def whole(message: Message, key: str, low: int, high: int) -> int:
    """Return a whole number of a message, or raise Refused."""
    value = message.get(key)
    if type(value) is not int or not low <= value <= high:
        raise Refused(400, f"'{key}' is a whole number from {low} to {high}.")
    return value


def word(message: Message, key: str, valid: tuple[str, ...] = ()) -> str:
    """Return a word of a message, or raise Refused."""
    value = message.get(key)
    if not isinstance(value, str) or len(value) > 100 or (valid and value not in valid):
        choice = f"one of {', '.join(valid)}" if valid else "a word"
        raise Refused(400, f"'{key}' is {choice}.")
    return value
