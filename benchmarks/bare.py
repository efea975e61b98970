"""The reference for serving: a WSGI callable with two ready-made answers, and no decision."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BODY = Path(os.environ["BARE_BODY"]).read_bytes()
SHARED = [
    ("Last-Modified", "Wed, 01 May 2024 08:00:00 GMT"),
    ("ETag", '"1-0123456789abcdef01234567-gzip"'),
    ("Cache-Control", "public, max-age=900, stale-while-revalidate=600, stale-if-error=86400"),
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
    ("Accept-Ranges", "none"),
    ("Link", '<https://example.org/feed.xml>; rel="self"'),
]
FULL = [
    ("Content-Type", "application/rss+xml; charset=utf-8"),
    ("Content-Length", str(len(BODY))),
    ("Content-Encoding", "gzip"),
    *SHARED,
]


def full(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", FULL)
    return [BODY]


def not_modified(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("304 Not Modified", SHARED)
    return []
