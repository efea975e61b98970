"""The bytes of an old feed: from a file or an address, bounded in size, time and pages."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from feeds.errors import FeedsError

MAX_BYTES = 50_000_000
MAX_SECONDS = 60
MAX_REDIRECTS = 5


def fetch(place: str) -> tuple[bytes, str | None]:
    """Return the bytes of a file or an address, and the address that they came from.

    Raises:
        FeedsError: They cannot be had; the message says why.
    """
    try:
        scheme = urlsplit(place).scheme.lower()
    except ValueError as error:
        raise FeedsError(f"{place}: {error}; give an http(s) address or a file") from None
    if scheme in ("http", "https"):
        return _from_the_net(place)
    if "://" in place:
        raise FeedsError(f"{place}: {scheme}:// is not read; give an http(s) address or a file")
    path = Path(place)
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise _too_large(place)
        return path.read_bytes(), None
    except OSError as error:
        raise FeedsError(f"{place}: {error.strerror}; give an http(s) address or a file") from None


def _from_the_net(url: str) -> tuple[bytes, str]:
    deadline = time.monotonic() + MAX_SECONDS
    headers = {"User-Agent": "feeds (moving a site)"}
    try:
        with (
            httpx.Client(
                follow_redirects=True, max_redirects=MAX_REDIRECTS, timeout=20, headers=headers
            ) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise FeedsError(f"{url}: the server answers {answer.status_code}")
            return _read(url, answer, deadline), str(answer.url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FeedsError(f"{url}: {error or type(error).__name__}") from None


def _read(url: str, answer: httpx.Response, deadline: float) -> bytes:
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > MAX_BYTES:
            raise _too_large(url)
        if time.monotonic() > deadline:
            raise FeedsError(f"{url}: not read within {MAX_SECONDS} seconds; save it as a file")
    return bytes(content)


def _too_large(place: str) -> FeedsError:
    return FeedsError(f"{place}: more than {MAX_BYTES // 1_000_000} MB: that is no feed")
