"""What a request accepts and holds: Accept-Encoding, If-None-Match, If-Modified-Since."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate
from functools import lru_cache

CODINGS = ("br", "gzip", "identity")

Ranks = tuple[int, int, int]
"""For each of `CODINGS`: 0 refused, else the higher the more welcome."""

# A quoted tag may hold commas (RFC 9110, 8.8.3); a bare one is what some clients send.
_MEMBER = re.compile(r'(?:W/)?(?:"(?P<quoted>[^"]*)")?(?P<rest>[^\s,"]*)')
# A coding that we speak, or all others, with its parameters (RFC 9110, 12.4.2 and 12.5.3).
_CODING = re.compile(r"(?s)\s*(?:x-)?(br|gzip|identity|\*)\s*(?:;(.*))?")
_Q = re.compile(r"q\s*=\s*(\d(?:\.\d{0,3})?)")

REMEMBERED = 512
LONGEST = 200
"""How many headers are remembered, and how long one may be: strangers choose them."""


def ranks(accept_encoding: str | None) -> Ranks:
    """Return how welcome each coding is (RFC 9110, 12.5.3).

    Without the header identity alone is sent. Identity that is not named is accepted
    last; where everything is refused it is sent nevertheless: a 406 helps no reader.
    """
    if accept_encoding is None:
        return (0, 0, 1)
    if len(accept_encoding) > LONGEST:
        return _ranks.__wrapped__(accept_encoding, _member.__wrapped__)
    return _ranks(accept_encoding)


@lru_cache(16 * REMEMBERED)  # with q of three digits there are few, whatever strangers combine
def _member(text: str) -> tuple[str, float] | None:
    coding = _CODING.fullmatch(text)
    if coding is None:
        return None
    weight = _Q.search(coding[2] or "")
    return coding[1], min(float(weight[1]), 1.0) if weight else 1.0


@lru_cache(REMEMBERED)
def _ranks(
    accept_encoding: str, member: Callable[[str], tuple[str, float] | None] = _member
) -> Ranks:
    found: dict[str, float] = {}
    for text in accept_encoding.lower().split(","):
        coding = member(text)
        if coding is not None:
            found.setdefault(*coding)
    other = found.get("*", 0.0)
    br, gzip = found.get("br", other), found.get("gzip", other)
    identity = found.get("identity", other if "*" in found else 0.0001)
    order = sorted({0.0, br, gzip, identity})
    return (order.index(br), order.index(gzip), order.index(identity) or int(order == [0.0]))


def members(if_none_match: str) -> Iterator[tuple[str, str]]:
    """Yield digest and coding of each tag, as servers in between and clients mangle them.

    Weak tags match (RFC 9110, 13.1.2). Apache appends `-gzip`, others `;gzip`; some
    clients send a tag without its quotes.
    """
    for member in _MEMBER.finditer(if_none_match):
        text, coding = (member["quoted"] or "") + (member["rest"] or ""), "identity"
        for name in CODINGS[:2]:
            if text.endswith((f"-{name}", f";{name}")):
                text, coding = text[: -len(name) - 1], name
                break
        if text:
            yield text, coding


# RFC 9110, 5.6.7: IMF-fixdate, RFC 850, asctime; and nothing else, two values least of all.
_DATES = re.compile(
    r"""(?x) [A-Z][a-z]{2},\ \d{1,2}\ [A-Z][a-z]{2}\ \d{4}\ \d{2}:\d{2}:\d{2}\ GMT
    | [A-Z][a-z]{5,8},\ \d{2}-[A-Z][a-z]{2}-\d{2}\ \d{2}:\d{2}:\d{2}\ GMT
    | [A-Z][a-z]{2}\ [A-Z][a-z]{2}\ [ \d]\d\ \d{2}:\d{2}:\d{2}\ \d{4}"""
)


def http_date(text: str) -> int | None:
    """Return an If-Modified-Since in Unix seconds, None where it is to be ignored.

    Old browsers append `; length=…`.
    """
    date = text.partition(";")[0].strip()
    return _moment(date) if _DATES.fullmatch(date) else None


@lru_cache(REMEMBERED)
def _moment(date: str) -> int | None:
    parsed = parsedate(date)
    try:  # datetime refuses the 32nd of May, which timegm would count on
        return None if parsed is None else timegm(datetime(*parsed[:6]).timetuple())
    except (ValueError, OverflowError):
        return None
