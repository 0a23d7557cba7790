"""A few threads that compute while the program goes on answering."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Crew:
    """Threads that take what is asked of them in its order; they hold up nobody who wants to end the program."""

    def __init__(self, threads: int) -> None:
        self._asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        for place in range(threads):
            threading.Thread(target=self._work, name=f"crew {place}", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._asked.get()()

    async def do(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a function returns; it is not begun if nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def tell(set_answer: Callable[[Any], None], value: object) -> None:
            if not answer.done():
                set_answer(value)

        def work() -> None:
            if answer.cancelled():
                return
            told: tuple[Callable[[Any], None], object]
            try:
                told = (answer.set_result, what(*args, **kwargs))
            except Exception as error:  # whatever it is belongs to whoever asked
                told = (answer.set_exception, error)
            try:
                loop.call_soon_threadsafe(tell, *told)
            except RuntimeError:  # the program has ended meanwhile
                return

        self._asked.put(work)
        return await answer
