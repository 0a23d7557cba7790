"""What goes over the wire: JSON that is read with care and written whole, and refusals in words."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

LARGEST_BODY = 256 * 1024  # bytes
DRAINED = 64 * LARGEST_BODY  # bytes of a body too large that are read and thrown away, so that its sender hears why
DEEPEST = 20  # levels of lists and mappings


class Refused(Exception):
    """What was asked for cannot be: the status of the answer, a sentence, and where the mistake is."""

    def __init__(self, status: int, message: str, **where: Any) -> None:
        self.status, self.error = status, {"message": message} | where
        super().__init__(message)


def answered(content: object, status: int = 200) -> Response:
    """Return a value as an answer in JSON; what is no number in JSON becomes null."""
    return as_json(text_of(content), status)


def as_json(text: str, status: int = 200) -> Response:
    """Return a text that is JSON already as an answer."""
    return Response(text, status, media_type="application/json")


def text_of(content: object) -> str:
    """Return a value as JSON; what is no number in JSON becomes null."""
    return json.dumps(finite(content), ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def finite(value: Any) -> Any:
    """Return a value with null for every number that is none in JSON."""
    if isinstance(value, Mapping):
        return {str(key): finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read_json(text: str | bytes) -> Any:
    """Return the value of a JSON text, or raise Refused: every number finite, no key twice, not too deep."""
    try:
        value = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"This is not JSON that can be read: {str(error)[:200]}.") from error
    _check(value)
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _check(value: Any) -> None:
    """Raise Refused if a value is nested too deep or holds what no file may hold."""
    level = [value]
    for _ in range(DEEPEST + 1):
        texts = [one for one in level if isinstance(one, str)]
        texts += [key for one in level if isinstance(one, dict) for key in one]
        if any(_broken(text) for text in texts):
            raise Refused(400, "A text holds half of a character.")
        if any(isinstance(one, float) and not math.isfinite(one) for one in level):
            raise Refused(400, "A number is too large.")
        held = [one for one in level if isinstance(one, list | dict)]
        if not held:
            return
        level = [entry for one in held for entry in (one.values() if isinstance(one, dict) else one)]
    raise Refused(400, f"Lists and mappings may be nested at most {DEEPEST} deep.")


def _broken(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


async def body_of(request: Request) -> dict[str, Any]:
    """Return the mapping that a request brings, or raise Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content, length = bytearray(), 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length <= LARGEST_BODY:
                content += chunk
            if length > DRAINED:
                break
    except ClientDisconnect as gone:
        raise Refused(400, "The question was cut short.") from gone
    if length > LARGEST_BODY:
        raise Refused(413, f"At most {LARGEST_BODY // 1024} kB are read at once.")
    if kind != "application/json":
        raise Refused(400, "Only JSON is read here (content-type: application/json).")
    value = read_json(bytes(content))
    if not isinstance(value, dict):
        raise Refused(400, "A mapping is expected here.")
    return value
