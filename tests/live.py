"""A site published and served by threads of the test's own process: no program has to start.

The publisher, its loop and the gateway are those of `feeds serve`; requests come over loopback.
What depends on granian, gunicorn or processes of their own is tested with `Site.serve`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from feeds.cli.shared import publish_once
from feeds.publisher.bodies import Renderer
from feeds.publisher.run import Publisher
from feeds.publisher.watch import Loop
from feeds.settings import Settings, load
from feeds.web.app import NO_KEEPER, create_app

RENDERER = Renderer()
"""Lent to every publisher of this process: its workers are started once."""


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of requests."""


@contextmanager
def serving(root: Path, log: Path) -> Iterator[int]:
    """Publish and serve the site in `root`, saying what it does in `log`; give the port."""
    settings = _settings(root)
    with _logging(log), _publishing(root), _listening(settings) as port:
        yield port


def publish(root: Path, log: Path) -> None:
    """Do what `feeds publish` does, saying in `log` what it says."""
    with _logging(log), Publisher(lambda: _settings(root), time.time, renderer=RENDERER) as one:
        publish_once(one)


def _settings(root: Path) -> Settings:
    return load(root / "feeds.toml")


@contextmanager
def _publishing(root: Path) -> Iterator[None]:
    stop = threading.Event()
    with Publisher(lambda: _settings(root), time.time, renderer=RENDERER) as publisher:
        loop = Loop(publisher, root / "feeds.toml", stop)
        thread = threading.Thread(target=loop.run, name="live-publisher")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            loop._changes.put(set())  # it waits for an event, a second at most
            thread.join(30)
            assert not thread.is_alive(), "the publisher's loop does not end"


@contextmanager
def _listening(settings: Settings) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv(NO_KEEPER, "1")
        app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="live-web")
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    handler = logging.FileHandler(path, encoding="utf-8")
    logger = logging.getLogger("feeds")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()
