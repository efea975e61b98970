"""The values that everything else speaks of: posts, feeds, and what they are made of."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Self

# XML 1.0 (5th edition), 2.2: everything outside Char. Lone surrogates are not characters at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return `text` without the characters that XML 1.0 forbids."""
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


_SPACES = re.compile(r"[ \t\r\n\f\v\x85\u2028\u2029]+")


def one_line(text: str) -> str:
    """Return `text` without forbidden characters, white space collapsed; NBSP stays."""
    if text.isascii() and text.isprintable() and "  " not in text:  # most text, at a tenth
        return text.strip(" ")
    return _SPACES.sub(" ", clean(text)).strip(" ")


def shorten(text: str, width: int) -> str:
    """Return `text` cut at the last space before `width` characters, with an ellipsis."""
    if len(text) <= width:
        return text
    head = text[: width - 1]
    return (head.rpartition(" ")[0] or head).rstrip(",;:.–— ") + "…"


def language_tag(text: str) -> str | None:
    """Return a language tag in the case that RFC 5646, 2.1.1 recommends; None: it is none."""
    parts = text.strip().replace("_", "-").split("-")
    if not re.fullmatch(r"[A-Za-z]{2,8}", parts[0]):
        return None
    if not all(re.fullmatch(r"[A-Za-z0-9]{1,8}", part) for part in parts):
        return None
    cased = {2: str.upper, 4: str.title}
    return "-".join([parts[0].lower(), *(cased.get(len(p), str.lower)(p) for p in parts[1:])])


def rfc3339(seconds: int) -> str:
    """Return a time as RFC 3339 writes it, in UTC: `2024-05-01T08:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


MAX_LOC = 2_047
"""Characters of a URL that a sitemap may list (sitemaps.org/protocol.html, `loc`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person: `name` is plain text in one line, `url` absolute or None. Never an e-mail."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to a post (RSS 2.0, enclosure): `url` absolute, `length` in bytes.

    `duration` is in seconds; None: not known.
    """

    url: str
    type: str
    length: int
    duration: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One published piece: an RSS item, an Atom entry, a JSON Feed item, a sitemap url.

    Attributes:
        path: The key of its file in the source.
        id: What RSS and JSON Feed carry: fixed for ever once published; empty before.
        atom_id: Absolute IRI, fixed likewise (RFC 4287, 4.2.6); before, the one that the
            author wrote beside `explicit_id`, else empty.
        json_id: What JSON Feed carries where an old JSON Feed had another id than the RSS.
        explicit_id: The id that the author wrote, else None.
        former_id: The id that the site's generator gave it, where that is not its URL.
        url: Permalink; absolute, under the site's URL.
        title: Plain text, one line; None: the author gave none.
        published: Unix seconds; None: undated, in the sitemap only.
        updated: Unix seconds, never before `published`, from the author: mtime is
            reset by a checkout.
        go_live: Unix seconds before which the post is hidden, where that is later.
        expires: Unix seconds from which the post is hidden again.
        summary: Plain text, one line, as the author wrote it.
        heading: The body's first heading where it repeats or gives the title: it is
            left out of the body.
        image: Absolute URL.
        hidden: Why the post is not public, else None.
        mapped: May be in the sitemap.
        external: Absolute URL of what the post is about (a link post).
        translation: What the translations of one post have in common.
        episode, season: Of a podcast.
        explicit: Of a podcast; None: not said.
    """

    path: str
    url: str
    id: str = ""
    atom_id: str = ""
    explicit_id: str | None = None
    title: str | None = None
    published: int | None = None
    updated: int | None = None
    go_live: int | None = None
    expires: int | None = None
    summary: str | None = None
    heading: str | None = None
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    image: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    language: str | None = None
    hidden: str | None = None
    mapped: bool = True
    external: str | None = None
    translation: str | None = None
    episode: int | None = None
    season: int | None = None
    explicit: bool | None = None
    former_id: str | None = None
    json_id: str | None = None

    @property
    def newest(self) -> int | None:
        """Return the later of the author's dates, in Unix seconds."""
        return self.updated if self.updated is not None else self.published

    def dumps(self, *, without: frozenset[str] = frozenset()) -> str:
        """Return JSON that `loads` reads, less some fields; equal posts give equal text."""
        # dataclasses.asdict would copy all, at ten times the cost
        given = {
            name: value
            for name, default, value in zip(*_DEFAULTS, _VALUES(self), strict=True)
            if value != default and name not in without
        }
        for name, (_, values) in _PARTS.items():
            if name in given:
                given[name] = list(map(values, given[name]))
        return to_json(given)

    @classmethod
    def loads(cls, text: str, **more: Any) -> Self:
        """Read what `dumps` wrote, with `more` fields."""
        given: dict[str, Any] = json.loads(text)
        for name, (kind, _) in _PARTS.items():
            given[name] = tuple(
                kind(**dict(zip(kind.__slots__, item, strict=True))) for item in given.get(name, ())
            )
        given["tags"] = tuple(given.get("tags", ()))
        return cls(**given | more)


_PARTS: dict[str, Any] = {
    name: (kind, attrgetter(*kind.__slots__))
    for name, kind in (("authors", Author), ("enclosures", Enclosure))
}
_DEFAULTS = [field.name for field in fields(Post)], [field.default for field in fields(Post)]
_VALUES = attrgetter(*_DEFAULTS[0])
to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""Returns a value as JSON without spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post as a feed shows it.

    Attributes:
        post: With its ids.
        html: The body, sanitised, every link absolute; None: summary only.
        summary: The author's, else the body's first paragraph; plain text, one line.
    """

    post: Post
    html: str | None
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A feed of this site, as other documents point to it: absolute URL and media type."""

    url: str
    type: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A selection of entries, newest first, with what a feed says about itself.

    Attributes:
        id: Absolute IRI, fixed for ever once published (RFC 4287, 4.2.6).
        url: The feed's own address, absolute (RFC 4287, 4.2.7.2: rel="self").
        home_url: The page that the feed belongs to.
        updated: Unix seconds: the last change of the listed set or of a listed post.
        ttl: Seconds for which a reader need not ask again.
        alternates: The other feeds with the same entries.
    """

    id: str
    url: str
    home_url: str
    title: str
    description: str
    language: str
    updated: int
    ttl: int
    authors: tuple[Author, ...] = ()
    icon: str | None = None
    image: str | None = None
    copyright: str | None = None
    alternates: tuple[Link, ...] = ()
    entries: tuple[Entry, ...] = field(default=(), repr=False)
