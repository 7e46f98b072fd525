"""The server of a preview: the page of a spec, and each newer one as a server-sent event, to browsers on this machine.

It listens on the loopback interface alone. Other pages in the same browser reach that as well, so every address begins
with a random token, and a request must name this server as its host and, if it has one, as its origin.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..page.html import page, script_data
from ..page.rules import Json
from .follow import Follower, State

HOST: Final = "127.0.0.1"
_ALIVE = 15.0  # seconds between two signs of life
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Preview:
    """A preview while it runs: `url` is where browsers find it."""

    def __init__(self, spec: str, settings: Sequence[str], *, port: int, changed: Callable[[State], None]) -> None:
        """Take the port, 0 for any that is free.

        Raises:
            OSError: it cannot be had.
        """
        self.socket = socket.create_server((HOST, port))
        self.port: int = self.socket.getsockname()[1]
        self.token = secrets.token_urlsafe(16)
        self.told = changed
        self.follower = Follower(spec, settings, self._changed)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.news = asyncio.Event()
        self.stop = asyncio.Event()

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until interrupted, and say when it is ready. In the main thread alone, which gets the signals."""
        asyncio.run(self._run(ready))

    async def _run(self, ready: Callable[[], None]) -> None:
        self.loop = asyncio.get_running_loop()
        routes = [Route("/{token}/", self._page), Route("/{token}/events", self._events)]
        config = uvicorn.Config(
            _Guarded(Starlette(routes=routes), self.port, self.token),
            log_level="critical",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config, self._stop)
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, server.handle_exit)
        ready()
        await asyncio.to_thread(self.follower.check)
        await asyncio.gather(server.serve(sockets=[self.socket]), self.follower.follow(self.stop))

    def _stop(self) -> None:
        self.stop.set()
        self.news.set()

    def _changed(self, state: State) -> None:
        """A new state, from another thread."""
        self.told(state)
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._announce)

    def _announce(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    # --- what is served

    async def _page(self, request: Request) -> Response:
        state = self.follower.state
        document = await asyncio.to_thread(lambda: state.refused if state.model is None else state.document)
        # What is wrong since then, a browser is told at once: it asks for what comes after the last good state.
        after = state.version if state.is_good else 0
        body = page(document, events=f"events?after={after}")
        return Response(body, media_type="text/html", headers=_HEADERS)

    async def _events(self, request: Request) -> Response:
        """Each newer state once; a browser that lost the connection says which one it had last."""
        last = request.headers.get("last-event-id") or request.query_params.get("after", "")
        after = int(last) if last.isascii() and last.isdecimal() else 0
        return StreamingResponse(self._told_after(after), media_type="text/event-stream", headers=_HEADERS)

    async def _told_after(self, version: int) -> AsyncIterator[str]:
        while not self.stop.is_set():
            news, state = self.news, self.follower.state
            if state.version > version:
                version = state.version
                *first, last = state.stages
                for stage in first:
                    yield f"data: {await asyncio.to_thread(_data, stage)}\n\n"
                if self.follower.state is state:  # else there is a newer one, of which this is not the end
                    yield f"id: {version}\ndata: {await asyncio.to_thread(_data, last)}\n\n"
                continue
            try:
                await asyncio.wait_for(news.wait(), _ALIVE)
            except TimeoutError:
                yield ": alive\n\n"


class _Server(uvicorn.Server):
    """A server that says when it is told to end, before it waits for those who listen."""

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the preview: to be told to end is how it ends, and no failure."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stop()
        await super().shutdown(sockets)


class _Guarded:
    """An application that answers only those who know the token, and who mean this server."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self.app, self.token = app, token
        self.hosts = {f"{name}:{port}" for name in (HOST, "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"a preview does not speak {scope['type']}")
        refusal = self._refusal(Request(scope))
        answer: Callable[[Scope, Receive, Send], Awaitable[None]] = self.app
        if refusal is not None:
            answer = PlainTextResponse(refusal[1], status_code=refusal[0], headers=_HEADERS)
        await answer(scope, receive, send)

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if host not in self.hosts:
            return 421, "this server is not called so\n"
        if origin is not None and origin != f"http://{host}":
            return 403, "this is not for other pages\n"
        token = request.url.path.strip("/").partition("/")[0]
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return 404, "there is nothing here: take the whole address that `incspec preview` prints\n"
        return None


def _data(stage: Callable[[], dict[str, Json]]) -> str:
    """A stage of a state as the data of an event: one line."""
    return script_data(stage())
