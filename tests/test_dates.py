"""Dates as authors write them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.sources.dates import parse_date

BERLIN = ZoneInfo("Europe/Berlin")

READ = [
    ("2025-07-22", "2025-07-21T22:00:00"),  # midnight in the site's zone
    ("'2025-07-22'", "2025-07-21T22:00:00"),
    ("2025-01-22", "2025-01-21T23:00:00"),
    ("2025-7-2", "2025-07-01T22:00:00"),
    ("2025/07/22", "2025-07-21T22:00:00"),
    ("2024-05-01 10:00:00", "2024-05-01T08:00:00"),
    ("2024-05-01T10:00", "2024-05-01T08:00:00"),
    ("\xa0 2024-05-01 10:00:00", "2024-05-01T08:00:00"),
    ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00"),
    ("2024-05-01 10:00:00 UTC", "2024-05-01T10:00:00"),
    ("2024-05-01 3:46:23 -0400", "2024-05-01T07:46:23"),
    ("2024-05-01T10:00:00.123+02:00", "2024-05-01T08:00:00"),
    ("2024-05-01T10:00:00+1400", "2024-04-30T20:00:00"),
    ("2024-05-01T24:00:00Z", "2024-05-02T00:00:00"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
    ("1498579200000", "2017-06-27T16:00:00"),
    ("1498579200", "2017-06-27T16:00:00"),
    ("11 Oct 2023", "2023-10-10T22:00:00"),
    ("Jul 08 2022", "2022-07-07T22:00:00"),
    ("March 18, 2014", "2014-03-17T23:00:00"),
    ("Wed, 01 May 2024 10:00:00 +0200", "2024-05-01T08:00:00"),
    ("1969-07-20T20:17:40Z", "1969-07-20T20:17:40"),
]

REFUSED = [
    "", "yesterday", "2024-13-41", "2017-02-29 11:00:00", "2024-05-01T25:00:00", "08-03-2023",
    "2025-13-09", "{{ .Date }}", "Last Modified", "0024-05-01", "2024-05-01T10:00:00+99:99", "12",
    "31 Feb 2024", "9999-12-31T24:00:00",
]  # fmt: skip


@pytest.mark.parametrize(("text", "instant"), READ)
def test_read(text: str, instant: str) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert parse_date(text, BERLIN) == expected.timestamp()


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\"|offset"):
        parse_date(text, BERLIN)


@given(st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)))
def test_iso_reads_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert parse_date(moment.isoformat(), UTC) == moment.replace(tzinfo=UTC).timestamp()


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_date(text, BERLIN), int)
