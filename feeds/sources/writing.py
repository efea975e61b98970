"""Columns → the bytes of a post, as a file would hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from feeds.model import clean


def post(fields: Mapping[str, Any], body: str) -> bytes:
    """Return a Markdown file: front matter of `fields`, then `body`.

    For sources that have columns: `post({"title": row.title, "date": row.created}, row.text)`.

    Args:
        fields: The names of docs/front-matter.md. Text, numbers, bools, dates and datetimes
            (without a zone: in the site's), lists, sets and mappings of such; None: left out.
        body: Markdown.

    Raises:
        TypeError: A value is something else; the message names its type.
    """
    kept = {key: value for key, value in fields.items() if value is not None}
    header = json.dumps(kept, default=_plain, indent=1)
    return f"{header}\n\n{clean(body)}\n".encode()


def _plain(value: object) -> Any:
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    kind = type(value).__name__
    raise TypeError(f"front matter cannot hold {kind}: give text, a number, a date or a list")
