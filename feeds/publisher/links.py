"""Links from body to body: to a post's page or file, and to none that may not be seen."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, unquote, urldefrag, urlsplit

from sqlalchemy import Column, Connection, select

from feeds.index.selections import public
from feeds.index.tables import posts
from feeds.sources.markup import FILE_LINK
from feeds.sources.permalinks import PATH_SAFE, Name
from feeds.sources.syntax import NAME_LINK

# nh3 writes attributes in double quotes and escapes `<` in text: what looks like a link is one.
_LINK = re.compile(r'<a((?: [\w:-]+(?:="[^"]*")?)*)>(.*?)</a>', re.DOTALL)
_POST_FILE = re.compile(r"(?i)(?:/_?index)?\.(?:md|mdx|markdown|mdown|mkdn?)\Z|/_?index\Z|/\Z")
STEP = 5000
_HREF = re.compile(r' href="([^"]*)"')


def targets(
    connection: Connection, bodies: Iterable[str], site: str, now: int
) -> dict[str, str | None]:
    """Return href → where it leads now, for links that cannot stay as they are.

    None: the post is hidden, so that even its address must not be shown. A link to a file
    that is no post of this site leads nowhere either.
    """
    hrefs = {html.unescape(found) for body in bodies for found in _HREF.findall(body)}
    files = {href: unquote(_bare(href)[len(FILE_LINK) :]) for href in hrefs if _is_file(href)}
    named = {href: unquote(_bare(href)[len(NAME_LINK) :]) for href in hrefs if _is_name(href)}
    pages = {href: page for href in hrefs if (page := _page(href, site)) is not None}
    both_forms = {form for page in pages.values() for form in _forms(page)}
    by_key: dict[str, str | None] = {}
    by_url: dict[str, bool] = {}
    for column, wanted in ((posts.c.key, set(files.values())), (posts.c.url, both_forms)):
        for row in _rows(connection, column, sorted(wanted), now):
            by_key[row.key] = row.url if row.shown else None
            by_url[row.url] = by_url.get(row.url, False) or bool(row.shown)
    by_name = _by_name(connection, set(named.values()), now)
    found: dict[str, str | None] = {}
    for href, key in (*files.items(), *named.items()):
        url = by_key.get(key) if href in files else by_name.get(key)
        found[href] = url + href[len(_bare(href)) :] if url else None
    for href, page in pages.items():
        known = [by_url[form] for form in _forms(page) if form in by_url]
        if known and not any(known):
            found[href] = None
    return found


def mentioned(body: str, site: str) -> set[str]:
    """Return what a body links to in this site, as `feeds.index.groupings.leads_to` says it."""
    found = set()
    for href in {html.unescape(one) for one in _HREF.findall(body)}:
        bare = unquote(_bare(href))
        if _is_file(href):
            found.add(f"file {bare[len(FILE_LINK) :]}")
        elif _is_name(href):
            found.add(f"name {_named(bare[len(NAME_LINK) :]).stem.casefold()}")
        elif page := _page(href, site):
            found.add(f"page {page.rstrip('/')}")
    return found


def _named(reference: str) -> Name:
    return Name(_POST_FILE.sub("", reference) + ".md")


def _rows(
    connection: Connection, column: Column[str], wanted: list[str], now: int
) -> Iterator[Any]:
    """Yield the posts whose `column` is one of `wanted`, in steps that every SQLite allows."""
    shown = select(posts.c.key, posts.c.url, public(now).label("shown"))
    for start in range(0, len(wanted), STEP):
        yield from connection.execute(shown.where(column.in_(wanted[start : start + STEP])))


def _by_name(connection: Connection, references: set[str], now: int) -> dict[str, str | None]:
    """Return reference (`note`, `folder/note.md`) → the address of the post that it names best.

    Of several files with one name it is the one whose folders agree with the reference,
    then the one with the shortest path, as in Obsidian.
    """
    wanted = {reference: _named(reference) for reference in references}
    held: dict[str, list[Any]] = {}
    names = sorted({name.stem.casefold() for name in wanted.values()})
    for row in _rows(connection, posts.c.name, names, now):
        held.setdefault(Name(row.key).stem.casefold(), []).append(row)
    found: dict[str, str | None] = {}
    for reference, name in wanted.items():
        rows = held.get(name.stem.casefold(), ())
        best = min(rows, key=lambda row: _distance(row.key, name), default=None)
        found[reference] = best.url if best is not None and best.shown else None
    return found


def _distance(key: str, wanted: Name) -> tuple[int, int, str]:
    """Return how badly a file fits: how many folders agree from the end, then its depth."""
    own = [part for part in reversed(Name(key).folder.split("/")) if part]
    asked = [part for part in reversed(wanted.folder.split("/")) if part]
    agree = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, asked, strict=False))
    )
    return -agree, key.count("/"), key


def replace(body: str, leading: dict[str, str | None]) -> str:
    """Return a body with its links as `leading` says: another address, or their text alone."""

    def one(found: re.Match[str]) -> str:
        href = _HREF.search(found[1])
        held = html.unescape(href[1]) if href else ""
        if not href or held not in leading:
            return found[0]
        target = leading[held]
        if target is None:
            return found[2]
        return found[0].replace(href[0], f' href="{html.escape(target)}"', 1)

    return _LINK.sub(one, body)


def _is_file(href: str) -> bool:
    return href.startswith(FILE_LINK)


def _is_name(href: str) -> bool:
    return href.startswith(NAME_LINK)


def _bare(href: str) -> str:
    """Return a URL without query and fragment."""
    return urldefrag(href).url.partition("?")[0]


def _page(href: str, site: str) -> str | None:
    """Return a link to the site's host as posts' addresses are written, None for other links."""
    try:
        parts = urlsplit(href)
        path = quote(normalize("NFC", posixpath.normpath(unquote(parts.path))), safe=PATH_SAFE)
    except ValueError:
        return None
    home = urlsplit(site)
    same = parts.scheme.lower() in ("http", "https") and parts.netloc.lower() == home.netloc
    return f"{home.scheme}://{home.netloc}{path}" if same else None


def _forms(page: str) -> tuple[str, str]:
    """Return a page's address with and without a final slash: most sites answer to both."""
    return page.rstrip("/") + "/", page.rstrip("/")
