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
_QUOTED = r"\"[^\"\\\n]*\"|'[^'\n]*'"
_TEXT = rf"{_QUOTED}|[\w/.($+~][^:#\n]*+(?:(?::(?![ \n])|(?<! )#)[^:#\n]*+)*+"
_ITEM = (
    rf" *+(?:{_QUOTED}|[\w/][\w .+/&()'-]*+) *+"  # never tried in two ways, which could take ages
)
_LINE = re.compile(
    rf"(?:([A-Za-z_][\w-]{{0,60}}):(?: +(?:\[((?:{_ITEM}(?:,{_ITEM})*)?)(\])|({_TEXT})))? *"
    rf"|( *- +)({_TEXT}) *|#.*| *)\n|((?s:.+))"
)
_ITEMS = re.compile(_ITEM)


def read(header: str) -> dict[str, Value] | None:
    """Return the mapping that a header is, with its last line's end; None: it needs the parser."""
    if not header.replace("\n", "").isprintable():
        return None
    found: dict[str, Value] = {}
    items: list[str | None] | None = None  # of the list whose key came last
    last = indent = ""
    for key, flow, closed, text, mark, item, other in _LINE.findall(header):
        if other or key in found:
            return None
        if key:
            last, items = key, None if closed or text else []
            found[key] = list(map(_text, _ITEMS.findall(flow))) if closed else _text(text)
        elif mark:
            if items is None or (items and mark.rstrip(" ") != indent):
                return None
            indent = mark.rstrip(" ")
            items.append(_text(item))
            found[last] = items
    return found


def _text(written: str) -> str | None:
    """Return the value of a text as it is written."""
    written = written.strip(" ")
    if written in _NULLS:
        return None
    return written[1:-1] if written[0] in "\"'" else written
