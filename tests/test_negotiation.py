"""What a request accepts and holds, without a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.web.negotiation import http_date, members, ranks

RANKS = [  # header → br, gzip, identity: 0 refused, more is better
    (None, (0, 0, 1)),
    ("", (0, 0, 1)),
    ("gzip", (0, 2, 1)),
    ("br, gzip", (2, 2, 1)),
    ("BR, GZIP", (2, 2, 1)),
    ("gzip;q=0", (0, 0, 1)),
    ("gzip;q=0.5, br;q=0.8", (3, 2, 1)),
    ("gzip; q = 0.5 , identity", (0, 1, 2)),
    ("*", (1, 1, 1)),
    ("*;q=0", (0, 0, 1)),
    ("gzip, *;q=0", (0, 1, 0)),
    ("identity;q=0, *;q=0", (0, 0, 1)),
    ("gzip, identity;q=0", (0, 1, 0)),
    ("x-gzip", (0, 2, 1)),
    ("zstd, deflate", (0, 0, 1)),
    ("garbage;;q=x,,", (0, 0, 1)),
    ("zstd, " * 100 + "gzip", (0, 2, 1)),  # longer than what is remembered
]

DATES = [
    ("Wed, 01 May 2024 08:00:00 GMT", 1714550400),
    ("Wednesday, 01-May-24 08:00:00 GMT", 1714550400),
    ("Wed May  1 08:00:00 2024", 1714550400),
    ("Wed, 01 May 2024 08:00:00 GMT; length=345", 1714550400),
    ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
    ("Wed, 01 May 2024 08:00:00 GMT, Wed, 01 May 2024 08:00:00 GMT", None),
    ("2024-05-01T08:00:00Z", None),
    ("0", None),
    ("", None),
    ("1714550400", None),
]


@pytest.mark.parametrize(("header", "expected"), RANKS)
def test_ranks(header: str | None, expected: tuple[int, int, int]) -> None:
    """RFC 9110, 12.5.3; and never nothing, as a 406 helps no reader."""
    assert ranks(header) == expected


@pytest.mark.parametrize(("header", "expected"), DATES)
def test_dates(header: str, expected: int | None) -> None:
    """RFC 9110, 5.6.7 and 13.1.3: three forms; all else is ignored."""
    assert http_date(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"a"', [("a", "identity")]),
        ('W/"a"', [("a", "identity")]),
        ('"x", W/"a-gzip" ,"b-br"', [("x", "identity"), ("a", "gzip"), ("b", "br")]),
        ('"a";gzip', [("a", "gzip")]),
        ('"a;br"', [("a", "br")]),
        ("a", [("a", "identity")]),
    ],
)
def test_members(header: str, expected: list[tuple[str, str]]) -> None:
    assert list(members(header)) == expected


@given(st.text(max_size=200))
def test_any_header_is_read(text: str) -> None:
    assert any(ranks(text))
    list(members(text))
    http_date(text)
