"""Adding keys to the front matter of a file's bytes: every other byte stays as it is.

Where a line may stand differs between formats and files, so the places that may do are tried
in turn, and what the project's own reader makes of the result decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from feeds.errors import FeedsError, FileRefused
from feeds.sources.front_matter import Parsed, parse
from feeds.sources.headers import JSON, TOML
from feeds.sources.keys import folded
from feeds.sources.plain_headers import HANDLERS, Lines, Nikola

_FORMS = {form.__name__: form for form in HANDLERS}


class NotInserted(FeedsError):
    """The keys cannot be added; `str(error)` says why."""


def insert(raw: bytes, values: dict[str, str]) -> bytes:
    """Return a file's bytes with one more line of front matter for each of `values`.

    Raises:
        NotInserted: There is no front matter, it has one of the keys, or there is no place
            for them that leaves everything else as it was.
    """
    try:
        old = parse(raw)
    except FileRefused as refused:
        raise NotInserted(f"cannot be read: {refused}") from None
    if old.form is None:
        raise NotInserted("has no front matter")
    held = {folded(key): key for key in old.mapping}
    if taken := [held[folded(key)] for key in values if folded(key) in held]:
        raise NotInserted(f"has a `{taken[0]}` already, which is not used")
    codec = _codec(raw)
    text = raw.decode(codec)
    for place, added in _places(text, old, values):
        start = len(text[:place].encode(codec))
        new = raw[:start] + added.encode(codec) + raw[start:]
        if _same_but_for(values, old, new):
            return new
    raise NotInserted("has front matter with no place for another line")


def _codec(raw: bytes) -> str:
    """Return how a file is read, with its byte order mark as a character."""
    marks = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    return marks.get(raw[:2], "utf-8")


def _same_but_for(values: dict[str, str], old: Parsed, new: bytes) -> bool:
    try:
        found = parse(new)
    except FileRefused:
        return False
    mapping = {folded(key): value for key, value in found.mapping.items()}
    added = {key: mapping.pop(folded(key), None) for key in values}
    return (
        (added, found.body, found.form) == (values, old.body, old.form)
        and mapping == {folded(key): value for key, value in old.mapping.items()}
        and [note.code for note in found.notes] == [note.code for note in old.notes]
    )


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def _places(text: str, old: Parsed, values: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Yield where the keys may stand, as a place in the text, and what is put there."""
    assert old.form is not None
    lines = _LINE.findall(text)
    if issubclass(_FORMS[old.form], JSON):
        start = len("".join(lines[: old.header_line - 1]))
        yield _in_object(text, text.index("{", start) + 1, values)
        return
    first = old.header_line - 1
    last = first + old.header.count("\n")
    ends = last + (bool(old.header) and not old.header.endswith("\n"))
    for number in dict.fromkeys((ends, last, first)):
        before = lines[number - 1] if number else ""
        newline = before[len(before.rstrip("\r\n")) :]
        added = _written(old, values)
        if before and not newline:  # the file ends here, without one
            newline = re.sub(r"[^\r\n]", "", lines[0]) if number > 1 else "\n"
            yield len(text), newline + newline.join(added)
        else:
            joined = "".join(line + (newline or "\n") for line in added)
            yield len("".join(lines[:number])), joined


def _written(old: Parsed, values: dict[str, str]) -> list[str]:
    """Return the lines for `values` as the header writes its own."""
    assert old.form is not None
    form = _FORMS[old.form]
    if issubclass(form, Nikola):
        return [f".. {key}: {value}" for key, value in values.items()]
    if issubclass(form, Lines):
        capital = old.header[:1].isupper()
        return [f"{key.capitalize() if capital else key}: {value}" for key, value in values.items()]
    mark = " = " if issubclass(form, TOML) else ": "
    indent = re.search(r"(?m)^([ \t]*)[^\s#]", old.header)
    return [
        f"{indent[1] if indent else ''}{key}{mark}{json.dumps(value, ensure_ascii=False)}"
        for key, value in values.items()
    ]


def _in_object(text: str, start: int, values: dict[str, str]) -> tuple[int, str]:
    """Return place and text for JSON: lines of their own where the object's first key has one."""
    pairs = [f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in values.items()]
    rest = text[start:]
    comma = "" if rest.lstrip().startswith("}") else ","
    own = re.match(r"[ \t]*(\r\n|\r|\n)([ \t]*)", rest)
    if own is None or not comma:
        return start, ", ".join(pairs) + (f"{comma} " if comma else "")
    added = "".join(f"{own[2]}{pair},{own[1]}" for pair in pairs)
    return start + own.start(2), added
