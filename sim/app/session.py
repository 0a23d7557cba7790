"""Who may talk with the program: whoever opened the printed link, in a browser of this machine, from our own pages."""

import secrets
from hmac import compare_digest
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from sim.app.wire import answered

MOST_SOCKETS = 40
MOST_JOBS = 8  # kept; a waiting one is refused when as many wait
MOST_REPLICATES = 200
MOST_ARMS = 24
MOST_COUNTRIES = 60  # of a study
MOST_WORK = 25_000_000  # weeks × countries × replicates × arms of a study

NO_COOKIE = "This page opens with the link that the program printed when it started: open that link in this browser."
USED = "This link has been used by another browser. Start the program again, and open the link that it prints then."
WRONG = "This is not the link of the program that runs now: open the link that it printed when it started."
FOREIGN_HOST = "This program answers to 127.0.0.1 and localhost only."
FOREIGN_ORIGIN = "Another page has asked; this program answers its own pages only."


def unguessable(size: int) -> str:
    """Return a text that nobody guesses, of this many random bytes: for doors and names, never for the model."""
    return secrets.token_urlsafe(size)


class Session:
    """The one user of the program: the link's token, good for one exchange, and the cookie that it is exchanged for."""

    def __init__(self, port: int, token: str) -> None:
        self.token = token
        self.used = False
        self.secret = unguessable(32)
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        # Browsers send a cookie to every port of a machine: the name keeps two programs apart.
        self.cookie = f"displace-{port}"

    @property
    def policy(self) -> str:
        """The content security policy of everything but reports."""
        sockets = " ".join(f"ws://{host}" for host in self.hosts)
        return (
            "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; "
            f"connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
            "form-action 'none'"
        )

    def refusal(self, connection: HTTPConnection) -> tuple[int, str] | None:
        """Return why a connection is refused, or None if it is one of ours."""
        if connection.headers.get("host", "") not in self.hosts:
            return 400, FOREIGN_HOST
        origin = connection.headers.get("origin")
        if origin is None and connection.scope["type"] == "http":
            return None
        return None if origin in [f"http://{host}" for host in self.hosts] else (403, FOREIGN_ORIGIN)

    def known(self, connection: HTTPConnection) -> bool:
        """Return whether a connection brings the cookie."""
        return compare_digest(connection.cookies.get(self.cookie, "").encode(), self.secret.encode())

    def exchange(self, connection: HTTPConnection, token: str) -> Response:
        """Return the answer to whoever opens the link: the cookie, the first time."""
        if not compare_digest(token.encode(), self.token.encode()):
            return PlainTextResponse(WRONG, 403)
        if self.used and not self.known(connection):
            return PlainTextResponse(USED, 403)
        self.used = True
        response = RedirectResponse("/", 303)
        response.set_cookie(self.cookie, self.secret, path="/", httponly=True, samesite="strict")
        return response


class Guard:
    """Stands before everything: refuses strangers, and puts its headers on every answer."""

    def __init__(self, app: ASGIApp, session: Session) -> None:
        self.app, self.session = app, session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a connection, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                self._dress(MutableHeaders(raw=message.setdefault("headers", [])))
            await send(message)

        response = self._answer(HTTPConnection(scope))
        if response is None:
            await self.app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send_with_headers).send_denial_response(response)
        else:
            await response(scope, receive, send_with_headers)

    def _answer(self, connection: HTTPConnection) -> Response | None:
        """Return the answer to a stranger or to the printed link; None for whoever is let in."""
        refusal, path = self.session.refusal(connection), str(connection.scope["path"])
        if refusal is not None:
            return self._refused(path, *refusal)
        token: Any = connection.query_params.get("token")
        if path == "/" and token is not None and connection.scope.get("method") == "GET":
            return self.session.exchange(connection, token)
        return None if self.session.known(connection) else self._refused(path, 403, NO_COOKIE)

    def _refused(self, path: str, status: int, message: str) -> Response:
        if path.startswith("/api/"):
            return answered({"error": {"message": message}}, status)
        return PlainTextResponse(message, status)

    def _dress(self, headers: MutableHeaders) -> None:
        headers.setdefault("content-security-policy", self.session.policy)
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "no-referrer"
        headers["cache-control"] = "no-store"
        headers["cross-origin-resource-policy"] = "same-origin"
