"""Dates as authors write them → Unix seconds."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_ISO = re.compile(
    r"""(?x)
    (?P<year>\d{4}) (?P<mark>[-/.]) (?P<month>\d{1,2}) (?P=mark) (?P<day>\d{1,2})
    (?: (?:[Tt_]|[ ]*,?[ ]+)
        (?P<hour>\d{1,2}) : (?P<minute>\d{1,2})
        (?: : (?P<second>\d{1,2}) (?:[.,]\d+)? )?
        [ ]* (?P<ampm> [AaPp][Mm] )?
        [ ]* (?P<zone> [Zz] | (?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d{2})?)?
          | [+-]\d{2}:?\d{2} | [+-]\d{1,2} )?
        (?: \[[\w/+-]+\] )?
    )?"""
)
_PLAIN = re.compile(
    r"[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]"
    r"(?:[T ][012][0-9]:[0-5][0-9]:[0-5][0-9](?:Z|[+-][012][0-9]:[0-5][0-9])?)?"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAY_FIRST = re.compile(r"(?i)(\d{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})\.?,? (\d{4})")
_MONTH_FIRST = re.compile(r"(?i)([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_COMPACT = re.compile(r"((?:19|20)\d{2})([01]\d)([0-3]\d)")
_CJK = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_MONTH_ONLY = re.compile(r"((?:19|20)\d{2})(?:[-/](\d{1,2})())?()()")
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_JAVASCRIPT = re.compile(r"([A-Z][a-z]{2}) (\d{2}) (\d{4}) ([\d:]{8}) GMT([+-]\d{4})(?: \(.*\))?")
_WEEKDAY = re.compile(
    r"(?i)^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? +(?=\w)"
)
_REPEATED = re.compile(r"-{2,}")
_LAST = 253_402_200_000  # near the end of 9999, with room for every zone
_EPOCH = re.compile(r"\d{9,10}|\d{12,13}")

HINT = "write it as 2024-05-01 or 2024-05-01T10:00:00+02:00"


def parse_date(text: str, zone: tzinfo, order: str = "") -> int:
    """Return the instant that `text` names, in Unix seconds.

    Without an offset it is local to `zone`; a date alone is that day's midnight there.

    Args:
        order: `dmy` or `mdy`: how `08-03-2023` is meant; empty: it is no date.

    Raises:
        ValueError: It is no date, or one that does not exist.
    """
    if _PLAIN.fullmatch(text):
        with suppress(ValueError):  # what does not exist is named below
            return _instant(datetime.fromisoformat(text), zone)
    text = _REPEATED.sub("-", text.replace("\xa0", " ").strip().strip("'\"").strip())
    text = _WEEKDAY.sub("", text)
    if found := _ISO.fullmatch(text):
        return _instant(_local(found), _offset(found["zone"]) or zone)
    if _EPOCH.fullmatch(text):
        return int(text) // (1000 if len(text) > 10 else 1)
    if found := _DAY_FIRST.fullmatch(text):
        return _instant(_day(found[3], found[2], found[1]), zone)
    if found := _MONTH_FIRST.fullmatch(text):
        return _instant(_day(found[3], found[1], found[2]), zone)
    if found := _COMPACT.fullmatch(text) or _CJK.fullmatch(text) or _MONTH_ONLY.fullmatch(text):
        return _instant(_day(found[1], found[2] or "1", found[3] or "1"), zone)
    if found := _NUMBERS.fullmatch(text):
        return _instant(_numbers(found, order), zone)
    if found := _JAVASCRIPT.fullmatch(text):
        return parse_date(f"{found[2]} {found[1]} {found[3]} {found[4]} {found[5]}", zone)
    if re.search(r"[A-Za-z]{3} \d{4} \d{1,2}:\d{2}", text):  # RFC 5322, 3.3
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 (sockets come with it)

        stamp = parsedate_to_datetime(text)
        return _instant(stamp.replace(tzinfo=None), stamp.tzinfo or zone)
    raise ValueError(f'"{text[:80]}", not a date')


def _numbers(found: re.Match[str], order: str) -> datetime:
    """Return the day that three numbers name whose first two may be day or month."""
    if max(int(found[1]), int(found[2])) > 12:  # only one of the two can be a month
        order = "dmy" if int(found[1]) > 12 else "mdy"
    if not order and found[1] != found[2]:
        raise ValueError(f'"{found[0]}", which may be two days: set `date_order` under [content]')
    day, month = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
    return _day(found[3], month, day)


def looks_like_date(text: str) -> bool:
    """Tell whether a key that holds a date in one dialect and a word in another holds a date."""
    return re.match(r"\s*\d{4}[-/.]\d", text) is not None


def _local(found: re.Match[str]) -> datetime:
    """Return a naive time; 24:00 is the next midnight (ISO 8601), a leap second the next second."""
    year, month, day, hour, minute, second = (
        int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    if year < 1000:
        raise ValueError(f'"{found[0]}", a year before 1000')
    if found["ampm"]:
        hour = hour % 12 + 12 * (found["ampm"].lower() == "pm")
    spare = timedelta()
    if hour == 24 and minute == second == 0:
        hour, spare = 0, timedelta(days=1)
    if second == 60:
        second, spare = 59, timedelta(seconds=1)
    try:
        return datetime(year, month, day, hour, minute, second) + spare
    except (ValueError, OverflowError):
        raise ValueError(f'"{found[0]}", a day or time that does not exist') from None


def _day(year: str, month: str, day: str) -> datetime:
    try:
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
        return datetime(int(year), number, int(day))
    except ValueError:
        raise ValueError(f'"{day} {month} {year}", a day that does not exist') from None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    text = text.upper().removeprefix("UTC").removeprefix("GMT")
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 23 or minutes > 59:
        raise ValueError(f'offset "{text}", which does not exist')
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _instant(local: datetime, zone: tzinfo) -> int:
    try:
        instant = int((local if local.tzinfo else local.replace(tzinfo=zone)).timestamp())
    except (OverflowError, ValueError, OSError):
        raise ValueError(f'"{local}", a time out of range') from None
    return min(instant, _LAST)
