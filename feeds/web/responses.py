"""A stored document as ready answers: every header list is made when it is loaded."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from feeds.formats import MEDIA_TYPES
from feeds.web.negotiation import CODINGS, Ranks, members, ranks

Headers = list[tuple[str, str]]

# RFC 9110, 14.3: the whole document or nothing; ranges of a feed help nobody.
_ALWAYS = [
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
    ("Accept-Ranges", "none"),
]


class Representation:
    """A document in one content coding, with its validators.

    Attributes:
        body: The bytes.
        etag: Strong, of these bytes (RFC 9110, 8.8.3).
        full, not_modified: Headers of a 200 and of a 304; the latter repeats what a
            reader stores, as many replace their validators by those of a 304.
        full_undated, not_modified_undated: The same without Last-Modified, for a clock
            that is behind it (RFC 9110, 8.8.2.1).
    """

    __slots__ = ("body", "etag", "full", "full_undated", "not_modified", "not_modified_undated")

    def __init__(self, row: Any, coding: str) -> None:
        self.body: bytes = getattr(row, coding)
        suffix = "" if coding == "identity" else f"-{coding}"
        self.etag = f'"{row.digest}{suffix}"'
        self.not_modified_undated: Headers = [
            ("ETag", self.etag),
            ("Cache-Control", row.cache_control),
            *_ALWAYS,
            *([("Link", row.link)] if row.link else []),
        ]
        dated = [("Last-Modified", formatdate(row.last_modified, usegmt=True))]
        entity = [
            ("Content-Type", MEDIA_TYPES[row.format]),
            ("Content-Length", str(len(self.body))),
            *([("Content-Encoding", coding)] if suffix else []),
        ]
        self.not_modified = dated + self.not_modified_undated
        self.full = entity + self.not_modified
        self.full_undated = entity + self.not_modified_undated


class Resource:
    """A document at one path, in every coding.

    Attributes:
        last_modified: Unix seconds.
        date: The same as the header says it.
        chosen: The representation for each order of welcome that was asked for yet.
    """

    def __init__(self, row: Any) -> None:
        self.last_modified: int = row.last_modified
        self.date = formatdate(row.last_modified, usegmt=True)
        self._digest: str = row.digest
        self._representations = {coding: Representation(row, coding) for coding in CODINGS}
        self.chosen: dict[Ranks, Representation] = {}

    def choose(self, welcome: Ranks) -> Representation:
        """Return the most welcome representation; among equals the smallest."""
        options = zip(welcome, self._representations.values(), strict=True)
        found = max(options, key=lambda option: (option[0], -len(option[1].body)))[1]
        self.chosen[welcome] = found
        return found

    def match(self, if_none_match: str, accepted: str | None) -> Representation | None:
        """Return the representation that a client holds and may be told to keep using.

        A tag counts while its digest is current and its coding acceptable to this very
        request: a cache must not hand gzip to a client that reads none. Without an
        Accept-Encoding header every coding is acceptable.
        """
        if self._digest not in if_none_match:  # spares taking junk apart
            return self.choose(ranks(accepted)) if if_none_match.strip() == "*" else None
        welcome = ranks(accepted)
        for digest, coding in members(if_none_match):
            if digest == self._digest and (accepted is None or welcome[CODINGS.index(coding)]):
                return self._representations[coding]
        return None


class Redirect:
    """An old path that leads to a document's present one."""

    def __init__(self, row: Any) -> None:
        self.body = f"moved to {row.location}\n".encode()
        self.headers: Headers = [
            ("Location", row.location),
            ("Cache-Control", row.cache_control),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(self.body))),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
        ]
