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
_CLOSING = {"}": "{", "]": "[", ")": "("}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_STATEMENTS = ("module.exports", "export", "return", "function", ";")


@dataclass(slots=True)
class _Frame:
    """An open bracket: the dictionary that keys inside belong to, and the key being written."""

    mark: str
    target: dict[str, Any]
    key: str | None = None

    def opened(self, mark: str) -> _Frame:
        """Return a bracket in this one: what an object holds is below the key before it."""
        if self.key is None:
            return _Frame(mark, self.target)
        if mark != "{":
            self.target.setdefault(self.key, [] if mark == "[" else UNREAD)
            return _Frame(mark, self.target, self.key)
        if not isinstance(self.target.get(self.key), dict):
            self.target[self.key] = {}
        return _Frame(mark, self.target[self.key])


def literals(text: str) -> dict[str, Any]:
    """Return `key: "literal"` of all objects, nested as they are.

    Objects that are exported, returned or passed to a function are at the top; one that is
    assigned to a name is below that name, and at the top as well if the name is exported.
    Constants are at the top. A value that is no literal is `UNREAD`.
    """
    found = [(str(one.lastgroup), one[0]) for one in _TOKEN.finditer(text)]
    tokens = [("", ""), ("", ""), *(token for token in found if token[0] != "space"), ("", "")]
    top: dict[str, Any] = {}
    frames = [_Frame("", top)]
    exported = []
    for at in range(2, len(tokens) - 1):
        written, before = tokens[at][1], tokens[at - 1][1]
        if written in ("{", "[", "("):
            frames.append(frames[-1].opened(written))
        elif written in _CLOSING:  # one in a regular expression has no partner
            while len(frames) > 1 and frames.pop().mark != _CLOSING[written]:
                pass
        elif before in ("default", "return") or (before, tokens[at - 2][1]) == (
            "=",
            "module.exports",
        ):
            exported.append(written)
        else:
            _read(frames[-1], tokens, at, top)
    for name in dict.fromkeys(exported):
        held = top.get(name)
        top.update(held if isinstance(held, dict) else {})
    return top


def _read(frame: _Frame, tokens: list[tuple[str, str]], at: int, top: dict[str, Any]) -> None:
    """Read a token that is no bracket: the name of a constant, a key, or a value."""
    (_, before), (kind, written), (next_kind, after) = tokens[at - 1 : at + 2]
    if frame.mark == "" and before in ("const", "let", "var"):
        frame.key = written
    elif frame.mark == "" and written in _STATEMENTS:
        frame.key = None
    elif frame.mark == "{" and before in ("{", ","):
        keyed = kind != "mark" and after == ":"
        frame.key = (_unquoted(written) if kind == "text" else written) if keyed else None
        frame.target.pop(frame.key or "", None)
    elif frame.key is None:
        return
    elif before == {"": "=", "{": ":"}.get(frame.mark) and frame.key not in frame.target:
        whole = after in (",", "}", ";", "") or (frame.mark == "" and next_kind == "word")
        frame.target[frame.key] = _value(kind, written, top) if whole else UNREAD
    elif frame.mark == "[" and before in ("[", ",") and kind != "mark":
        held = frame.target.get(frame.key)
        if isinstance(held, list):
            held.append(_value(kind, written, top))


def _value(kind: str, written: str, top: dict[str, Any]) -> Any:
    if kind == "text":
        return UNREAD if written[0] == "`" and "${" in written else _unquoted(written)
    if kind == "word" and re.fullmatch(r"[0-9]{1,15}", written):
        return int(written)
    return _WORDS.get(written, top.get(written, UNREAD))


def _unquoted(written: str) -> str:
    """Return a string's text; line breaks and the like become spaces."""
    return re.sub(
        r"(?s)\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[ntrbfv0\n]|(.))",
        lambda found: (
            chr(int(found[1] or found[2], 16)) if found[1] or found[2] else found[3] or " "
        ),
        written[1:-1],
    )
