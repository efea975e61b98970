"""What only all files together show: tags, links, pictures, translations, the size of feeds."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from sqlalchemy import Connection, Row, func, select

from feeds.errors import Problem
from feeds.index import selections
from feeds.index.tables import checked, mentions, posts
from feeds.model import rfc3339
from feeds.publisher.links import targets
from feeds.settings import Settings
from feeds.sites import discover

FEED_BYTES = 1_000_000
"""Readers begin to refuse feeds somewhere beyond."""


def across(connection: Connection, settings: Settings, now: int) -> Iterator[Problem]:
    """Yield the problems of the site as a whole at `now`, in Unix seconds."""
    if not connection.scalar(select(func.count()).select_from(posts)):
        message = f"no file in {settings.content.source} matches `include`"
        hint = "point `source` at the folder of posts, or name other endings in `include`"
        yield Problem(path="", code="F055", message=message, hint=hint)
    yield from _tags(connection)
    yield from _counted(connection)
    if "timezone" not in settings.site.model_fields_set:
        yield from _naive(connection)
    yield from _future(connection, now)
    yield from _files(connection, settings, now)
    yield from _pages(connection, settings)
    yield from _translations(connection, settings)
    yield from _size(connection, settings, now)


def _said(row: Row[Any], code: str, message: str, hint: str) -> Problem:
    return Problem(
        path=row.key, line=row.line, column=row.column, code=code, message=message, hint=hint
    )


def _all(connection: Connection, kind: str) -> Iterable[Row[Any]]:
    """Return the mentions of a kind, by name, then file."""
    found = select(mentions).where(mentions.c.kind == kind)
    return connection.execute(found.order_by(mentions.c.name, mentions.c.key, mentions.c.position))


def _groups(connection: Connection, kind: str) -> Iterator[tuple[str, list[Row[Any]]]]:
    for name, rows in groupby(_all(connection, kind), lambda row: row.name):
        yield str(name), list(rows)


def _tags(connection: Connection) -> Iterator[Problem]:
    alike: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
    counts: Counter[str] = Counter()
    for row in _all(connection, "tag"):
        alike[_without_accents(row.name)].setdefault(row.name, row)
        counts[row.name] += 1
    for spellings in alike.values():
        best, *others = sorted(spellings, key=lambda name: (-counts[name], name))
        for other in others:
            message = f"the tag `{other}` ({_posts(counts[other])}) is nearly `{best}`"
            hint = f"{_posts(counts[best])} say `{best}`: write one of them everywhere"
            yield _said(spellings[other], "F037", message, hint)


def _posts(count: int) -> str:
    return f"{count} post{'s' * (count != 1)}"


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _counted(connection: Connection) -> Iterator[Problem]:
    """Report what feeds does not know once for each name: with its number and first place."""
    for name, rows in _groups(connection, "syntax"):
        message = f"{name} is not known: {_times(len(rows))}, here first"
        hint = "its tags are removed and the text between them is kept"
        yield _said(rows[0], "F048", message, hint)
    for name, rows in _groups(connection, "author"):
        message = f"`{name}` is not in the authors file: {_times(len(rows))}, here first"
        yield _said(rows[0], "F054", message, "add the id there, or write the name")


def _times(count: int) -> str:
    return f"{count} time{'s' * (count != 1)}"


def _naive(connection: Connection) -> Iterator[Problem]:
    rows = sorted(_all(connection, "naive"), key=lambda row: (row.key, row.line))
    if rows:
        message = f"dates without a zone are read as UTC: {_times(len(rows))}, here first"
        yield _said(rows[0], "F029", message, "set `timezone` under [site]")


def _future(connection: Connection, now: int) -> Iterator[Problem]:
    shown = select(posts.c.key, posts.c.live_from).where(
        posts.c.outcome == "post", posts.c.live_from > now
    )
    for row in connection.execute(shown):
        message = f"the post is hidden until {rfc3339(row.live_from)}"
        yield Problem(path=row.key, code="F027", message=message, hint="it then appears by itself")


def _files(connection: Connection, settings: Settings, now: int) -> Iterator[Problem]:
    """Report links to files, and by name, that lead to no post."""
    named = dict(_groups(connection, "file"))
    bodies = (f' href="{name}"' for name in named)
    leading = targets(connection, bodies, settings.site.url, now)
    hidden = _hidden(connection, now)
    for name, rows in named.items():
        if leading.get(name) is None:
            shown = unquote(urlsplit(name).path).lstrip("/")
            for row in rows:
                if not _stems(shown) & hidden:
                    message = f"the link to {shown} leads to no post"
                    yield _said(row, "F043", message, "correct its name; its text stays meanwhile")


def _stems(reference: str) -> set[str]:
    return {reference.rpartition("/")[2].rpartition(".")[0] or reference.rpartition("/")[2]}


def _hidden(connection: Connection, now: int) -> set[str]:
    """Return the names of files that are there and hidden: a link to them is no mistake."""
    rows = connection.scalars(select(posts.c.key).where(~selections.public(now)))
    return {stem for key in rows for stem in _stems(key)}


def _pages(connection: Connection, settings: Settings) -> Iterator[Problem]:
    """Report links to addresses between posts where no post is.

    Other pages of the site are not known here: only a folder that holds nothing but
    posts tells that one is missing.
    """
    site = settings.site.url
    urls = {url.rstrip("/") for url in connection.scalars(select(posts.c.url)) if url}
    folders = Counter(url.rpartition("/")[0] for url in urls)
    for name, rows in _groups(connection, "link"):
        target = urljoin(site, name).partition("#")[0].partition("?")[0].rstrip("/")
        folder, _, last = target.rpartition("/")
        between = folder.startswith(site.rstrip("/") + "/") and folders[folder] > 1
        if name.startswith(("/", site)) and between and "." not in last and target not in urls:
            for row in rows:
                yield _said(row, "F043", f"no post is at {name}", "correct the address")


def missing_images(connection: Connection, source: Path) -> Iterator[Problem]:
    """Yield relative images that are nowhere: asked each time, as the index knows no images."""
    root: Path | None = None
    for row in _all(connection, "image"):
        path = unquote(urlsplit(row.name).path)
        if not path or path.startswith("/") or urlsplit(row.name).scheme:
            continue
        own = source / row.key
        if any((place / path).exists() for place in (own.parent, own.with_suffix(""), source)):
            continue
        root = root or discover(source).root  # the site's folder: only now, as it takes a while
        if not (root / path).exists():
            message = f"the image {row.name} is not there"
            hint = f"put it at {posixpath.join(posixpath.dirname(row.key), path)}, or correct it"
            yield _said(row, "F042", message, hint)


def _translations(connection: Connection, settings: Settings) -> Iterator[Problem]:
    """Report posts that name a translation which does not name them."""
    rows = connection.execute(select(posts.c.key, posts.c.url))
    urls = {row.key: row.url for row in rows}
    named: dict[str, list[tuple[str, Row[Any]]]] = defaultdict(list)
    for row in _all(connection, "translation"):
        named[str(urls.get(row.key)).rstrip("/")].append(
            (urljoin(settings.site.url, row.name).rstrip("/"), row)
        )
    here = {url.rstrip("/") for url in urls.values() if url}
    for own, others in named.items():
        for other, row in others:
            if other in here and own not in {back for back, _ in named.get(other, ())} | {other}:
                message = f"{row.name} is named as a translation and does not name this post"
                yield _said(row, "F038", message, "name this post there as well")


def _size(connection: Connection, settings: Settings, now: int) -> Iterator[Problem]:
    newest = selections.newest(connection, now, settings.feeds.entries)
    sizes = select(func.sum(checked.c.size)).where(checked.c.key.in_([row.key for row in newest]))
    size = min(connection.scalar(sizes) or 0, settings.feeds.max_bytes)
    if size > FEED_BYTES and settings.feeds.content == "full":
        message = f"the feeds have about {size / 1e6:.1f} MB: some readers refuse that much"
        hint = 'lower `entries` or `max_bytes` under [feeds], or set content = "summary"'
        yield Problem(path=newest[0].key, code="F052", message=message, hint=hint)
