"""Where a post's page is: from the pattern in the settings, or as the author wrote it."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, tzinfo
from urllib.parse import quote, unquote

PATH_SAFE = "/~:@!$&'()*+,;=-._"
"""What stands unencoded in a path (RFC 3986, 3.3)."""

_DATED = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[-_](?P<rest>.+)")


def split_key(key: str) -> tuple[str, str, str | None]:
    """Return folder, slug and date (or None) of a file: `a/2024-05-01-b.md` → `a`, `b`, date.

    `index.md` stands for the folder that it is in (a bundle).
    """
    folder, _, name = key.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if stem == "index":
        folder, _, stem = folder.rpartition("/")
    if found := _DATED.fullmatch(stem):
        return folder, found["rest"], f"{found['year']}-{found['month']}-{found['day']}"
    return folder, stem, None


def slugify(text: str) -> str:
    """Return `text` as a part of a path: words in lower case, joined by hyphens."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
    return "-".join(words)


def expand(
    pattern: str,
    key: str,
    *,
    slug: str | None,
    title: str | None,
    category: str | None,
    published: int | None,
    zone: tzinfo,
) -> str:
    """Return the path that `pattern` gives a post; tokens without a value are left out."""
    folder, from_name, _ = split_key(key)
    name = slug if slug is not None else from_name
    when = datetime.fromtimestamp(published, zone) if published is not None else None
    tokens = {
        "slug": name,
        "title": (slugify(title) if title else "") or name,
        "filename": from_name,
        "section": folder.partition("/")[0],
        "category": slugify(category) if category else "",
        "path": folder,
        "year": f"{when.year:04}" if when else "",
        "month": f"{when.month:02}" if when else "",
        "day": f"{when.day:02}" if when else "",
        "i_month": str(when.month) if when else "",
        "i_day": str(when.day) if when else "",
    }
    return re.sub("/{2,}", "/", re.sub(r":(\w+)", lambda found: tokens[found[1]], pattern))


def clean_path(path: str) -> str:
    """Return a path decoded, in NFC and encoded again: equal addresses are equal text.

    Raises:
        ValueError: It climbs with `..`, or holds what no path can.
    """
    decoded = unicodedata.normalize("NFC", unquote(path, errors="strict"))
    if {".", ".."} & set(re.split(r"[/\\]", decoded)):
        raise ValueError(f'"{path}", which has . or .. in it')
    if re.search(r"[\\\x00-\x1f\x7f]", decoded):
        raise ValueError(f'"{path}", which has characters that no address has')
    return quote("/" + decoded.lstrip("/"), safe=PATH_SAFE)
