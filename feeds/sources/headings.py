"""The first heading of level 1: often it is the title once more, or the only one there is."""

from __future__ import annotations

import html
import re

from feeds.model import one_line

_MARK = re.compile(
    r"""(?mx) ^ (?:
        (?P<fence> [ ]{0,3} (?:`{3,}|~{3,}) )
      | \# [ \t]+ (?P<atx> [^\n]*? ) (?:[ \t]+\#+)? [ \t]* (?: \{[^{}\n]*\} [ \t]* )? $
      | (?P<setext> [^\s>\#|`~*+-] [^\n]* ) \n =+ [ \t]* $
      | <h1\b[^>\n]*> (?P<html> [^\n]*? ) </h1>
    )"""
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*{1,3}|_{2}|`+|~~)(.+?)\1")


def first_heading(body: str) -> tuple[str, int, int] | None:
    """Return the plain text of the first heading of level 1, and where it begins and ends."""
    if "#" not in body and "=" not in body and "<" not in body:
        return None  # one look for a character is quicker than for two
    if "# " not in body and "\n=" not in body and "<h1" not in body and "#\t" not in body:
        return None
    fence = ""
    for found in _MARK.finditer(body):
        mark = (found["fence"] or "").strip()
        if mark:
            closes = fence and mark[0] == fence[0] and len(mark) >= len(fence)
            fence = "" if closes else fence or mark
        elif not fence:
            text = _text(found)
            return (text, found.start(), found.end()) if text else None
    return None


def _text(found: re.Match[str]) -> str:
    """Return what readers see of a heading."""
    written = found["atx"] or found["setext"] or ""
    if found["html"]:
        written = html.unescape(re.sub(r"<[^>]*>", "", found["html"]))
    return one_line(_EMPHASIS.sub(r"\2", _LINK.sub(r"\1", written)))


def without(body: str, start: int, end: int) -> str:
    """Return a body without its heading; the lines after it keep their numbers."""
    return body[:start] + "\n" * body.count("\n", start, end) + body[end:]
