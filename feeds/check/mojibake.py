"""Text that was UTF-8, was read as something else, and saved: `Ã©` for `é`, `â€™` for `’`.

ftfy knows which neighbours no correct text has. It is asked about single runs of
characters: repairing whole texts with it would change correct quotes, entities and CJK.
"""

from __future__ import annotations

import re
from difflib import unified_diff
from typing import NamedTuple

from feeds.check.prose import prose

# Windows-1252, Windows-1254 and Latin-1 give no character two meanings. Bytes that they leave
# undefined are C1 controls, as browsers read them (Encoding Standard, index-windows-1252).
_BYTES = {
    ord(bytes([byte]).decode(encoding)): byte
    for encoding in ("latin-1", "windows-1254", "windows-1252")
    for byte in range(0x80, 0x100)
    if bytes([byte]).decode(encoding, "ignore")
}


def _class(first: int, last: int) -> str:
    """Return a class of the characters that stand for some bytes."""
    return "[" + re.escape("".join(chr(c) for c, b in _BYTES.items() if first <= b < last)) + "]"


_FOLLOW = _class(0x80, 0xC0)
# U+0740 to U+07FF (lead bytes DD to DF: İ, Ş, ß) are scripts that hardly any site is written in.
# Â and Ã may stand before what was a no-break space and has become a plain one.
_RUN = re.compile(
    rf"(?:{_class(0xC2, 0xDD)}{_FOLLOW}|{_class(0xE0, 0xF0)}{_FOLLOW}{{2}}"
    rf"|{_class(0xF0, 0xF5)}{_FOLLOW}{{3}})+|Ã(?= )|Â "
)
_HINT = re.compile(rf"{_class(0xC2, 0xF5)}(?:{_FOLLOW}|(?<=[ÂÃ]) )")
_LOST_SPACE = {"Ã": "à", "Â ": "\xa0"}
# Letters of Latin Extended-B and IPA that no language of many readers has.
_ODD = re.compile("[\u0180-\u018e\u0190\u0191\u0193-\u019f\u01a2-\u01ae\u01b1-\u0217\u021c-\u02af]")
_CONTROL = re.compile("[\x80-\x9f]")
_CLOSING = "”’»›…–—“\xa0"


class Span(NamedTuple):
    """Mojibake in a text: `text[start:end]` is `found` and should be `repaired`."""

    start: int
    end: int
    found: str
    repaired: str


def spans(text: str) -> list[Span]:
    """Return the mojibake in `text`, in order; the smallest spans, correct text never.

    What could be correct by itself counts only where some is beyond doubt, and in a line
    that has nothing but mojibake beyond ASCII.
    """
    if text.isascii() or not _HINT.search(text):
        return []
    found, certain, start = list[Span](), False, 0
    for line in text.split("\n"):
        if _HINT.search(line):
            everything, sure = _in_line(line, start)
            wholly = _foreign(line) == sum(_foreign(span.found) for span in everything)
            found += everything if wholly else sure
            certain = certain or bool(sure)
        start += len(line) + 1
    return found if certain else []


def _in_line(line: str, offset: int) -> tuple[list[Span], list[Span]]:
    """Return what could be mojibake, and what of it is beyond doubt."""
    found, sure = list[Span](), list[Span]()
    for match in _RUN.finditer(line):
        if repaired := _before(match[0]):
            start, end = match.span()
            found.append(Span(offset + start, offset + end, match[0], repaired))
            if _beyond_doubt(line, match, repaired):
                sure.append(found[-1])
    return found, sure


def _foreign(text: str) -> int:
    return sum(not character.isascii() for character in text)


def _before(run: str) -> str | None:
    """Return what `run` was before it was misread, however often; None if it was nothing."""
    if run in _LOST_SPACE:
        return _LOST_SPACE[run]
    text = run
    while decoded := _decoded(text):
        text = decoded
    return None if text == run or _CONTROL.search(text) else text


def _decoded(text: str) -> str | None:
    try:
        decoded = bytes(_BYTES[ord(character)] for character in text).decode()
    except (KeyError, UnicodeDecodeError):
        return None
    return None if _ODD.search(decoded) else decoded


def _beyond_doubt(line: str, match: re.Match[str], repaired: str) -> bool:
    """Tell whether no correct text has such a run where it stands."""
    from ftfy.badness import is_bad  # noqa: PLC0415 (most texts never need it)

    start, end = match.span()
    found, before, after = match[0], line[max(start - 1, 0) : start], line[end : end + 1]
    in_word = before.isascii() and before.islower()
    if in_word and len(repaired) == 1 and repaired < "\u0250" and repaired.islower():
        return True
    if found in _LOST_SPACE:
        return in_word or before in tuple(".,;:!?)")
    closes = not after.isalpha() or (found[1] == "\xa0" and before.isupper())
    if len(found) == 2 and not in_word and found[1] in _CLOSING and closes:
        return False  # a capital and the quote or space after it: MANHÃ”
    if len(found) == 2 and repaired > "\u02af":  # a letter that stands alone: T•Ø•R
        return False
    around = (before if before.isascii() else "", after if after.isascii() else "")
    return found == "â„¢" or is_bad(found) or is_bad(found.join(around))


def repaired(raw: bytes) -> bytes:
    """Return a file's bytes with the mojibake outside its code repaired, all else as it was.

    A file that is not UTF-8 is returned unchanged.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw
    lines = text.replace("\r\n", " \n").replace("\r", "\n")  # of equal length
    header = _HEADER.match(lines)
    body = header.end() if header else 0
    kept, place = list[str](), 0
    for span in spans(lines[:body] + prose(lines[body:])):
        kept += text[place : span.start], span.repaired
        place = span.end
    return "".join((*kept, text[place:])).encode()


_HEADER = re.compile(r"(?ms)[\s\ufeff]*^(-{3,}|\+{3,})[^\n]*\n.*?^(?:\1|\.{3})[ \t]*$")


def diff(path: str, old: bytes, new: bytes) -> str:
    """Return a unified diff of the changed lines, without context; empty if there are none."""
    before, after = (content.decode("utf-8", "replace").splitlines() for content in (old, new))
    lines = unified_diff(before, after, f"a/{path}", f"b/{path}", n=0, lineterm="")
    return "".join(f"{line}\n" for line in lines)
