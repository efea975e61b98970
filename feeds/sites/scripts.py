"""JavaScript and TypeScript configurations: the literals in them, found without running them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


class Unread:
    """A value that only running the file would tell."""

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD = Unread()

# Every string and comment matches to some end, so that the search stays linear.
_TOKEN = re.compile(
    r"""
    (?P<space> \s+ | //[^\n]* | /\*(?:.*?\*/|.*) )
  | (?P<text> "(?:[^"\\\n]|\\.)*(?:"|\\?(?=\n|\Z)) | '(?:[^'\\\n]|\\.)*(?:'|\\?(?=\n|\Z))
      | `(?:[^`\\]|\\.)*(?:`|\\?\Z) )
  | (?P<word> [\w$.]+ )
  | (?P<mark> => | [=!]==? | [|&?]{2} | . )
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\n)|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "v": " ", "0": ""}
_CLOSING = {"}": "{", "]": "[", ")": "("}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}

Token = tuple[str, str]
"""What it is (a group of `_TOKEN`) and how it is written."""


@dataclass(slots=True)
class _Bracket:
    """An open bracket: the dictionary that keys inside belong to, and the value being written."""

    mark: str
    target: dict[str, Any]
    key: str | None = None
    expects_key: bool = False


def literals(text: str) -> dict[str, Any]:
    """Return `key: "literal"` of all objects, nested as they are.

    Objects that are exported, returned or passed to a function are at the top; one that is
    assigned to a name is below that name, and at the top as well if the name is exported.
    Constants are at the top. A value that is no literal is `UNREAD`.
    """
    found = _TOKEN.finditer(text)
    tokens = [(str(token.lastgroup), token[0]) for token in found if token.lastgroup != "space"]
    reading = _Reading([*tokens, *[("mark", "")] * 8])
    reading.run()
    return reading.tree


class _Reading:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.tree: dict[str, Any] = {}
        self.open: list[_Bracket] = []
        self.name = ""  # of the variable that the next object is assigned to
        self.exported: list[str] = []

    def run(self) -> None:
        place = 0
        while place < len(self.tokens) - 8:
            place = self.step(place)
        for name in self.exported:
            if isinstance(self.tree.get(name), dict):
                self.tree = {**self.tree, **self.tree[name]}

    def step(self, place: int) -> int:
        """Read the token at `place`; return the place of the next."""
        kind, written = self.tokens[place]
        inner = self.open[-1] if self.open else None
        if inner and inner.expects_key:
            inner.expects_key = False
            if kind != "mark" and self.tokens[place + 1][1] == ":":
                inner.key = _unquoted(written) if kind == "text" else written
                return self.value(place + 2, inner)
        if kind == "mark":
            self.mark(written, inner)
        elif kind == "word":
            self.word(place)
        elif inner and inner.mark == "[" and inner.key is not None:
            listed = inner.target.get(inner.key)
            if isinstance(listed, list):
                listed.append(_value(kind, written))
        return place + 1

    def value(self, place: int, inner: _Bracket) -> int:
        """Read what follows `key:`: a literal, a constant's name, or the first of more."""
        assert inner.key is not None
        kind, written = self.tokens[place]
        ends = self.tokens[place + 1][1] in (",", "}", "")
        if written in ("{", "["):
            inner.target[inner.key] = {} if written == "{" else []
            return place
        value = _value(kind, written) if ends else UNREAD
        if value is UNREAD and ends and kind == "word":
            value = self.tree.get(written, UNREAD)
        inner.target[inner.key] = value
        return place + 1 if ends else place

    def mark(self, written: str, inner: _Bracket | None) -> None:
        if written in _CLOSING:
            while self.open and self.open.pop().mark != _CLOSING[written]:
                pass  # a bracket in a regular expression has no partner
        elif written in ("{", "[", "("):
            self.open.append(self.bracket(written, inner))
        elif written == "," and inner and inner.mark == "{":
            inner.key, inner.expects_key = None, True
        elif written == ";":
            self.name = ""

    def bracket(self, mark: str, inner: _Bracket | None) -> _Bracket:
        """Return an opened bracket: what is below a key goes into that key's dictionary."""
        if inner and inner.key is not None:
            if mark == "{":
                return _Bracket(mark, _below(inner.target, inner.key), None, True)
            return _Bracket(mark, inner.target, inner.key)
        target = inner.target if inner else self.tree
        if self.name and target is self.tree:
            target = _below(self.tree, self.name)
            if mark != "(":
                self.name = ""
        return _Bracket(mark, target, None, mark == "{")

    def word(self, place: int) -> None:
        """Keep the name of a variable, its value if that is a text, and the names exported."""
        before, (_, written) = self.tokens[place - 1][1] if place else "", self.tokens[place]
        if before in ("const", "let", "var"):
            self.name = written
            self.constant(place + 1)
        elif written in ("module.exports", "export", "return", "function"):
            self.name = ""
        exporting = before in ("default", "return") or (
            before == "=" and self.tokens[place - 2][1] == "module.exports"
        )
        if exporting:
            self.exported.append(written)

    def constant(self, place: int) -> None:
        """Keep a text that is assigned to a variable, past a type: `: string =`."""
        marks = [written for _, written in self.tokens[place : place + 6]]
        if "=" not in marks:
            return
        at = place + marks.index("=") + 1
        (kind, written), after = self.tokens[at : at + 2]
        if kind == "text" and (after[0] == "word" or after[1] in (";", "", ",")):
            self.tree[self.name] = _value(kind, written)
            self.name = ""


def _below(target: dict[str, Any], key: str) -> dict[str, Any]:
    if not isinstance(target.get(key), dict):
        target[key] = {}
    below: dict[str, Any] = target[key]
    return below


def _value(kind: str, written: str) -> Any:
    if kind == "text":
        return UNREAD if written[0] == "`" and "${" in written else _unquoted(written)
    if kind == "word" and written in _WORDS:
        return _WORDS[written]
    return int(written) if re.fullmatch(r"[0-9]{1,15}", written) else UNREAD


def _unquoted(written: str) -> str:
    return _ESCAPE.sub(_unescaped, written[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        return chr(int(code, 16))
    return _ESCAPED.get(found[4], found[4]) if found[4] else ""
