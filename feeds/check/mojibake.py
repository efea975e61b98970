"""Text that was UTF-8, was read as something else, and saved: `Ã©` for `é`, `â€™` for `’`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff

from feeds.check.misreadings import (
    CANDIDATE,
    CONTROL,
    FAMILIES,
    LOST_SPACE,
    WESTERN,
    Misreading,
    Span,
    beyond_doubt,
    closes_a_word,
    fits,
    is_text,
)
from feeds.check.prose import prose

__all__ = ["Span", "diff", "repaired", "spans"]

_MAX_DEPTH = 4  # a text that was read wrongly more often than this is not worth more time


def spans(text: str) -> list[Span]:
    r"""Return the mojibake in `text`, in order; the smallest spans, correct text never.

    What is mojibake beyond doubt counts by itself. What could be correct by itself counts
    with such a neighbour; a capital and the quote or dash after it (`\u00c3\u201d` ends a
    word, or was `\u00d4`) only where its line has nothing but mojibake beyond ASCII.
    """
    if not _suspicious(text):
        return []
    found = _once(text)
    for _ in range(_MAX_DEPTH):
        if not (deeper := _deeper(text, found)):
            break
        found = [replace(span, repaired=deeper.get(span, span.repaired)) for span in found]
    return [span for span in found if not CONTROL.search(span.repaired)]


def _suspicious(text: str) -> bool:
    """Tell quickly whether there could be mojibake: two characters side by side, or Ã and a space.

    Most texts have few characters beyond ASCII that touch, so that is looked at first.
    """
    if text.isascii():
        return False
    if "Ã " in text or "Â " in text:
        return True
    if b"??" not in text.encode("ascii", "replace"):
        return False
    near = (text[max(found.start() - 1, 0) : found.end() + 1] for found in _TOUCHING.finditer(text))
    return CANDIDATE.search(" ".join(near)) is not None


_TOUCHING = re.compile(r"[^\x00-\x7f][^\x00-\x7f]+")


def _deeper(text: str, found: list[Span]) -> dict[Span, str]:
    """Return what those spans should be whose repaired text is mojibake itself."""
    better, place, shift = dict[Span, str](), 0, 0
    again = _once(_with(text, found))
    for span in found:
        start = span.start + shift
        shift += len(span.repaired) - len(span.found)
        end = span.end + shift
        inside = list[Span]()
        while place < len(again) and again[place].end <= end:
            if again[place].start >= start:
                moved = replace(again[place], start=again[place].start - start)
                inside.append(replace(moved, end=again[place].end - start))
            place += 1
        if inside:
            better[span] = _with(span.repaired, inside)
    return better


def _with(text: str, found: list[Span]) -> str:
    """Return `text` with the spans repaired."""
    kept, place = list[str](), 0
    for span in found:
        kept += text[place : span.start], span.repaired
        place = span.end
    return "".join(kept) + text[place:]


def _once(text: str) -> list[Span]:
    """Return what was misread, with what it was before the last misreading."""
    found, taken = list[Span](), set[int]()
    everywhere = [span for family in FAMILIES for span in _of_family(text, family)]
    for span in sorted(everywhere, key=lambda span: span.start - span.end):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            found.append(span)
    return sorted(found, key=lambda span: span.start)


def _of_family(text: str, family: Misreading) -> list[Span]:
    certain, likely, doubtful = list[Span](), list[Span](), list[Span]()
    for span in _runs(text, family):
        if closes_a_word(text, span):
            doubtful.append(span)
        elif beyond_doubt(text, span, family):
            certain.append(span)
        elif fits(text, span):
            likely.append(span)
    if not certain:
        return []
    known = {i for span in (*certain, *likely, *doubtful) for i in range(span.start, span.end)}
    wholly: dict[int, bool] = {}
    for span in doubtful:
        begin, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
        if begin not in wholly:
            line = enumerate(text[begin : end if end >= 0 else None], begin)
            wholly[begin] = all(letter.isascii() or place in known for place, letter in line)
        if wholly[begin] and fits(text, span):
            likely.append(span)
    return [*certain, *likely]


def _runs(text: str, family: Misreading) -> Iterator[Span]:
    """Yield every run that could be misread UTF-8, with what it would have been."""
    for touching in _TOUCHING.finditer(text):
        for found in family.runs.finditer(text, touching.start(), touching.end()):
            if (repaired := family.undone(found[0])) and is_text(repaired):
                yield Span(found.start(), found.end(), found[0], repaired)
    if family is WESTERN and ("Ã " in text or "Â " in text):
        for found in LOST_SPACE.finditer(text):
            yield Span(found.start(), found.end(), found[0], "à" if found[0] == "Ã" else "\xa0")


def repaired(raw: bytes) -> bytes:
    """Return a file's bytes with the mojibake outside its code repaired, all else as it was.

    A file that is not UTF-8 is returned unchanged.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw
    lines = text.replace("\r\n", " \n").replace("\r", "\n")  # of equal length
    found_header = _HEADER.match(lines)
    body = found_header.end() if found_header else 0
    return _with(text, spans(lines[:body] + prose(lines[body:]))).encode()


_HEADER = re.compile(r"(?ms)[\s\ufeff]*^(-{3,}|\+{3,})[^\n]*\n.*?^(?:\1|\.{3})[ \t]*$")


def diff(path: str, old: bytes, new: bytes) -> str:
    """Return a unified diff of the changed lines, without context; empty if there are none."""
    before, after = (_lines(content) for content in (old, new))
    return "".join(unified_diff(before, after, f"a/{path}", f"b/{path}", n=0))


def _lines(content: bytes) -> list[str]:
    """Return lines that end in a line feed, as a terminal shows them."""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return [f"{line}\n" for line in text.removesuffix("\n").split("\n")]
