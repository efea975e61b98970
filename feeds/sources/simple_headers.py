"""YAML as nearly all posts have it, read line by line: a tenth of the time that its parser takes.

Only what surely means the same is read here: keys in the first column, with text, quoted text
without escapes, or a list of such. `read` returns None for everything else, and for whatever is
wrong: `headers.YAML` reads that, and says where.
"""

from __future__ import annotations

import re

Value = str | None | list[str | None]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

# A quoted text; or one that no mark of YAML begins, and in which no `: ` or ` #` ends it.
_QUOTED = r"\"[^\"\\]*\"|'[^']*'"
_TEXT = rf"{_QUOTED}|[\w/.($+~][^:#]*(?:(?::(?! )|(?<! )#)[^:#]*)*(?<!:)"
_ITEM = rf" *(?:{_QUOTED}|\w[\w .+/&()'-]*) *"
_LINE = re.compile(
    rf"(?P<key>[A-Za-z_][\w-]{{0,60}}):(?: +(?:(?P<list>\[(?:{_ITEM}(?:,{_ITEM})*)?\])|"
    rf"(?P<text>{_TEXT})))? *|(?P<indent> *)- +(?P<item>{_TEXT}) *|#.*| *"
)
_ITEMS = re.compile(_ITEM)


def read(header: str) -> dict[str, Value] | None:
    """Return the mapping that a header is; None: it needs the parser."""
    found: dict[str, Value] = {}
    items: list[str | None] | None = None  # of the list whose key came last
    last, indent = "", ""
    if not header.replace("\n", "").isprintable():
        return None
    for line in header.split("\n"):
        if (parts := _LINE.fullmatch(line)) is None:
            return None
        key, flow, text, spaces, item = parts.groups()
        if key is not None:
            if key in found:
                return None
            found[key] = _items(flow) if flow else _text(text)
            last, items = key, None if flow or text else []
        elif item is not None:
            if items is None or (items and spaces != indent):
                return None
            indent = spaces
            items.append(_text(item))
            found[last] = items
    return found


def _text(written: str | None) -> str | None:
    """Return the value of a text as it is written."""
    if not written or written[0] in "\"'":
        return written and written.rstrip(" ")[1:-1]
    written = written.rstrip(" ")
    return None if written in _NULLS else written


def _items(flow: str) -> list[str | None]:
    """Return the values of a list between brackets."""
    return [_text(item.strip(" ")) for item in _ITEMS.findall(flow[1:-1])]
