"""The WSGI callable in front of the app: a look-up, preconditions, ready bytes.

A warm answer takes no lock, reads no file and runs no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from threading import Lock
from time import monotonic, sleep, time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from feeds.web.documents import Documents, NotYet, Stored
from feeds.web.negotiation import http_date, ranks
from feeds.web.responses import Redirect, Resource

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

WAIT_SECONDS = 2.0
ALLOW = ("Allow", "GET, HEAD, OPTIONS")
_NOSNIFF = ("X-Content-Type-Options", "nosniff")
_TEXT = ("Content-Type", "text/plain; charset=utf-8")


class Gateway:
    """Serves the documents; everything else goes to `app`.

    Args:
        app: What answers paths that are no document.
        documents: Those of the site.
        start: Called once, at the first request: starts a publisher where none runs.
        expected: Matches the paths that wait for the first publication; None: all but the
            health page, as nobody else answers here.
    """

    def __init__(
        self,
        app: Application,
        documents: Documents,
        start: Callable[[], None] | None = None,
        expected: re.Pattern[str] | None = None,
    ) -> None:
        self._app, self._documents, self._start = app, documents, start
        self._expected, self._starting = expected, Lock()
        self._patience: float | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        documents = self._documents
        if documents.shared[:8] != documents.seen:
            self._refresh()
        found = documents.by_path.get(environ["PATH_INFO"])
        if isinstance(found, Resource):
            return _document(found, environ, start_response)
        if isinstance(found, Stored):
            return self._stored(found, environ, start_response)
        if found is not None:
            return _redirect(found, environ, start_response)
        if documents.complete or not self._expects(environ["PATH_INFO"]):
            return self._app(environ, start_response)
        return self._await(environ, start_response)

    def _stored(
        self, found: Stored, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer with a document of a group, which may have to be read first."""
        try:
            resource = found.resource or self._documents.read(found)
        except (SQLAlchemyError, NotYet):
            return _unavailable(environ, start_response)
        if resource is None:
            return self._app(environ, start_response)
        return _document(resource, environ, start_response)

    def _expects(self, path: str) -> bool:
        if self._expected is None:
            return path != "/healthz"
        return self._expected.fullmatch(path) is not None

    def _refresh(self) -> None:
        if self._start is not None:
            with self._starting:  # several threads may answer a first request
                start, self._start = self._start, None
            if start is not None:
                start()
        self._documents.refresh()

    def _await(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Wait for the first publication, but not for long: errors are dear with readers.

        All requests share the time, as those that need not wait may stand behind.
        """
        if self._patience is None:
            self._patience = monotonic() + WAIT_SECONDS
        while not self._documents.complete and monotonic() < self._patience:
            sleep(0.02)
            self._documents.refresh()
            if environ["PATH_INFO"] in self._documents.by_path:
                break
        if self._documents.complete or environ["PATH_INFO"] in self._documents.by_path:
            return self(environ, start_response)
        return _unavailable(environ, start_response)


def _unavailable(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    body = b"Not published yet; please ask again in a second.\n"
    # RFC 9110, 10.2.3: seconds, as readers understand no date here.
    headers = [_TEXT, ("Retry-After", "1"), ("Cache-Control", "no-store"), _NOSNIFF]
    start_response("503 Service Unavailable", [*headers, ("Content-Length", str(len(body)))])
    return [body] if environ["REQUEST_METHOD"] != "HEAD" else []


def _document(
    resource: Resource, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer from memory; every line here is paid at every request."""
    method = environ["REQUEST_METHOD"]
    if method != "GET" and method != "HEAD":
        return _other_method(method, start_response)
    accepted = environ.get("HTTP_ACCEPT_ENCODING")
    welcome = ranks(accepted)
    chosen = resource.chosen.get(welcome) or resource.choose(welcome)
    # A clock behind Last-Modified was set back: the header would be in the future.
    dated = resource.last_modified <= time()
    held = environ.get("HTTP_IF_NONE_MATCH")
    if held is not None:  # RFC 9110, 13.2.2: with If-None-Match the date is not looked at
        matched = chosen if held == chosen.etag else resource.match(held, accepted)
    else:
        matched = chosen if _unmodified(resource, environ) else None
    if matched is not None:
        headers = matched.not_modified if dated else matched.not_modified_undated
        start_response("304 Not Modified", headers.copy())
        return []
    start_response("200 OK", (chosen.full if dated else chosen.full_undated).copy())
    return [chosen.body] if method == "GET" else []


def _unmodified(resource: Resource, environ: Environ) -> bool:
    """Evaluate If-Modified-Since (RFC 9110, 13.1.3); what is no date is ignored."""
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None:
        return False
    if since == resource.date:
        return True
    moment = http_date(since)
    return moment is not None and moment >= resource.last_modified


def _other_method(method: str, start_response: StartResponse) -> Iterable[bytes]:
    if method == "OPTIONS":
        cors = ("Access-Control-Allow-Origin", "*")
        start_response("204 No Content", [ALLOW, cors, _NOSNIFF])
        return []
    body = b"This document can be read: GET or HEAD.\n"
    length = ("Content-Length", str(len(body)))
    start_response("405 Method Not Allowed", [ALLOW, _TEXT, length, _NOSNIFF])
    return [body]


def _redirect(found: Redirect, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    method = environ["REQUEST_METHOD"]
    if method not in ("GET", "HEAD"):
        return _other_method(method, start_response)
    start_response("301 Moved Permanently", found.headers.copy())
    return [found.body] if method == "GET" else []
