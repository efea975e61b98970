"""The Flask app behind the gateway: what is not a document."""

from __future__ import annotations

import os
import signal
import threading
import time

from flask import Flask, Response, jsonify

from feeds.settings import Settings, config_path, load
from feeds.web.documents import Documents
from feeds.web.gateway import Application, Gateway
from feeds.web.keeper import Keeper

NO_KEEPER = "_FEEDS_KEPT"
"""Set by `feeds serve`, which keeps the publisher itself."""

PARENT_SECONDS = 0.5


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app; its first request starts a publisher where none runs.

    Args:
        settings: None: read from `feeds.toml` or what FEEDS_CONFIG names.

    Raises:
        SettingsError: The settings cannot be used.
    """
    settings = settings if settings is not None else load(config_path())
    state = settings.state.path
    assert state is not None, "feeds.settings.load resolves it"
    documents = Documents(state, settings.cache.memory * 1_000_000)
    app = pages(documents)
    start = None if NO_KEEPER in os.environ else Keeper(state, ("--watch",)).start
    app.wsgi_app = Gateway(app.wsgi_app, documents, start)  # type: ignore[method-assign]
    return app


def pages(documents: Documents) -> Flask:
    """Return what answers where no document is: the health page, and a 404."""
    app = Flask("feeds", static_folder=None)

    @app.get("/healthz")
    def healthz() -> Response:
        """Counts, no names: 200 once something is published."""
        shown = documents.health()
        answer = jsonify(shown if shown is not None else {"status": "starting"})
        answer.status_code = 200 if shown is not None else 503
        if shown is None:
            answer.headers["Retry-After"] = "1"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @app.errorhandler(404)
    def not_found(error: Exception) -> Response:
        """RFC 9111, 4.2.2 would let caches keep a 404 for long: a minute is enough."""
        answer = Response("There is no such document here.\n", 404, mimetype="text/plain")
        answer.headers["Cache-Control"] = "public, max-age=60"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    return app


def application() -> Application:
    """Return the bare WSGI callable, in a worker of `feeds serve` that ends with its parent."""
    threading.Thread(target=_end_with_parent, name="feeds-parent", daemon=True).start()
    gateway: Application = create_app().wsgi_app
    return gateway


def _end_with_parent() -> None:
    """Watch the parent: granian's workers would outlive a killed one and keep the port."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
