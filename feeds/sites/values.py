"""Single values of a configuration, read by what they mean; None where one cannot be used."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feeds.model import clean, language_tag, one_line, shorten
from feeds.sites.scripts import UNREAD

MAX_ENTRIES = 1000
"""As `feeds.entries` allows."""

# Addresses that starters and themes come with: nobody's own.
_SAMPLE = re.compile(
    r"(?:.*\.)?(?:example(?:\.[a-z]+)?|localhost|invalid|test)|127\..*|0\.0\.0\.0|"
    r".*\byour[-_.]?(?:site|domain|name|user|username|blog|docusaurus)\b.*|.*\byour-.*"
)
_MAIL = re.compile(r"[<(]?[^\s<>()@]+@[^\s<>()@]+[)>]?")


def listing(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty one, and anything else alone in a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def mapping(value: Any) -> dict[str, Any]:
    """Return a dictionary as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def plain(value: Any) -> Any:
    """Return a value that TOML can hold."""
    if isinstance(value, dict):
        pairs = {clean(key): plain(item) for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item is not None}
    if isinstance(value, list):
        return [item for item in map(plain, value) if item is not None]
    return clean(value) if isinstance(value, str) else None if value is UNREAD else value


def text(value: Any) -> str | None:
    """Return a text in one line without HTML."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    written = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", str(value)[:5000]))
    return shorten(one_line(written), 1000) or None


def web(value: Any) -> str | None:
    """Return a site's address, ending in a slash; samples of starters are none."""
    written = (text(value) or "").strip()
    try:
        parts = urlsplit(f"https:{written}" if written.startswith("//") else written)
        host = parts.hostname or ""
    except ValueError:
        return None
    extra = parts.query or parts.fragment or parts.username or re.search(r"[\s<>\"{}\\]", written)
    if parts.scheme not in ("http", "https") or not host or extra or _SAMPLE.fullmatch(host):
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}/"


def zone(value: Any) -> str | None:
    """Return the name of a time zone that exists."""
    try:
        return ZoneInfo(text(value) or "").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def language(value: Any) -> str | None:
    """Return a language tag, of the first where a list stands."""
    first = text(next(iter(listing(value)), None))
    return language_tag(first.partition(".")[0]) if first else None


def codes(value: Any) -> list[str] | None:
    """Return the languages of a site, where there are two or more."""
    listed = list(value) if isinstance(value, dict) else listing(value)
    found = [text(mapping(item).get("code", item)) for item in listed]
    known = [code for code in dict.fromkeys(found) if code and language(code) and code != "root"]
    return known if len(known) > 1 else None


def entries(value: Any) -> int | None:
    """Return how many posts a feed lists; 0 and -1, without a limit, are left to us."""
    known = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return min(value, MAX_ENTRIES) if known else None


def authors(value: Any) -> Any:
    """Return one author or several; a name, or a table with name and url; never an e-mail."""
    found = [author for item in listing(value) if (author := _author(item))]
    return found[0] if len(found) == 1 else found or None


def _author(value: Any) -> str | dict[str, str] | None:
    if not isinstance(value, dict):
        return _MAIL.sub("", (text(value) or "")[:200]).strip(" ,") or None
    names = (_author(text(value.get(key))) for key in ("name", "display_name", "title"))
    name = next((name for name in names if isinstance(name, str)), None)
    pages = (text(value.get(key)) or "" for key in ("url", "website", "site", "homepage", "uri"))
    page = next((page for page in pages if re.match(r"https?://\S+$", page)), None)
    return {"name": name, "url": page} if name and page else name


def folders(value: Any) -> list[str]:
    """Return folders; of patterns of files, which Nikola has in tables, those around the files."""
    names = (text(next(iter(listing(item)), None)) or "" for item in listing(value))
    found = (re.sub(r"(?:^|/)[^/]*[*.][^/]*$", "", clean(name)).strip("/") for name in names)
    return [name for name in dict.fromkeys(found) if name]


def document(value: Any) -> str | None:
    """Return the path of a document, percent-decoded."""
    written = text(value) or ""
    path = "/" + unquote(written).strip().lstrip("/").removeprefix("./")
    bad = re.search(r"[?#\\%{}\x00-\x20\x7f]|/\.{0,2}(?:/|$)", path)
    return None if bad or not written else clean(path)


READERS: dict[str, Callable[[Any], Any]] = {
    "site.url": web,
    "site.language": language,
    "site.timezone": zone,
    "site.author": authors,
    "content.languages": codes,
    "content.pages": folders,
    "feeds.entries": entries,
    **dict.fromkeys(("paths.rss", "paths.atom", "paths.json"), document),
}
"""Setting → what reads a value for it; others are texts."""
