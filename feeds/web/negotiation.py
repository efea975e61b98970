"""What a request accepts and holds: Accept-Encoding, If-None-Match, If-Modified-Since."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate
from functools import lru_cache

CODINGS = ("br", "gzip", "identity")

Ranks = tuple[int, int, int]
"""For each of `CODINGS`: 0 refused, else the higher the more welcome."""

# A quoted tag may hold commas (RFC 9110, 8.8.3); a bare one is what some clients send.
_MEMBER = re.compile(r'(?:W/)?(?:"(?P<quoted>[^"]*)")?(?P<rest>[^\s,"]*)')
_Q = re.compile(r"q\s*=\s*(\d(?:\.\d{0,3})?)", re.IGNORECASE)


@lru_cache(maxsize=512)
def ranks(accept_encoding: str | None) -> Ranks:
    """Return how welcome each coding is (RFC 9110, 12.5.3).

    Without the header identity alone is sent. Identity that is not named is accepted
    last; where everything is refused it is sent nevertheless: a 406 helps no reader.
    """
    if accept_encoding is None:
        return (0, 0, 1)
    found: dict[str, float] = {}
    for member in accept_encoding.lower().split(","):
        name, _, parameters = member.strip().partition(";")
        weight = _Q.search(parameters)
        if name := name.strip().removeprefix("x-"):
            found.setdefault(name, min(float(weight[1]), 1.0) if weight else 1.0)
    other = found.get("*", 0.0)
    weights = [found.get(coding, other) for coding in CODINGS[:2]]
    weights.append(found.get("identity", other if "*" in found else 0.0001))
    order = sorted({weight for weight in weights if weight > 0})
    br, gzip, identity = (order.index(weight) + 1 if weight > 0 else 0 for weight in weights)
    return (br, gzip, identity) if br or gzip or identity else (0, 0, 1)


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


@lru_cache(maxsize=512)
def http_date(text: str) -> int | None:
    """Return an If-Modified-Since in Unix seconds, None where it is to be ignored.

    Old browsers append `; length=…`.
    """
    text = text.partition(";")[0].strip()
    parsed = parsedate(text) if _DATES.fullmatch(text) else None
    try:  # datetime refuses the 32nd of May, which timegm would count on
        return None if parsed is None else timegm(datetime(*parsed[:6]).timetuple())
    except (ValueError, OverflowError):
        return None
