"""How problems are chosen and shown: by code, for a terminal, for a workflow on GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from rich.table import Table

from feeds.check.harms import HARMS
from feeds.errors import CODES, SettingsError

OUTCOMES = {
    "published": "in feeds and sitemap",
    "hidden": "by its author, or until its date",
    "undated": "in the sitemap only",
    "not a post": "templates, partials, README and the like",
    "refused": "cannot be published",
}
"""What became of a file, and what that means."""

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
"""Severity → workflow command of GitHub Actions."""


def chosen(
    problems: Iterable[dict[str, Any]],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    per_file: Mapping[str, tuple[str, ...]],
) -> list[dict[str, Any]]:
    """Return the problems to show.

    Args:
        select: Codes or their beginnings, `F03` for F030 to F039; empty: all.
        ignore: The same. The longer beginning wins, and of equal ones this.
        per_file: Patterns of paths → codes that are ignored there; a pattern without
            a slash is compared with the file's name.

    Raises:
        SettingsError: A code stands for nothing; all such are named.
    """
    known((*select, *ignore, *(code for codes in per_file.values() for code in codes)))

    def shown(problem: dict[str, Any]) -> bool:
        code, path = problem["code"], problem["path"]
        there = (codes for pattern, codes in per_file.items() if _matches(path, pattern))
        wanted = _longest(code, select or ("",)) > _longest(code, ignore)
        return wanted and all(_longest(code, codes) < 0 for codes in there)

    return [problem for problem in problems if shown(problem)]


def known(codes: Iterable[str]) -> None:
    """Raise SettingsError if one of `codes` is neither a code nor the beginning of one."""
    wrong = [code for code in codes if all(_longest(name, [code]) < 1 for name in CODES)]
    if wrong:
        raise SettingsError("\n".join(map(_unknown, dict.fromkeys(wrong))))


def _unknown(code: str) -> str:
    nearest = get_close_matches(code.upper(), CODES, n=1, cutoff=0.0)[0]
    return f'"{code}" is no code of a problem; the nearest is {nearest} ({CODES[nearest][1]})'


def _longest(code: str, beginnings: Iterable[str]) -> int:
    """Return the length of the longest that `code` begins with, -1 without one."""
    return max((len(part) for part in beginnings if code.startswith(part.upper())), default=-1)


def _matches(path: str, pattern: str) -> bool:
    name = path if "/" in pattern else path.rpartition("/")[2]
    return fnmatchcase(name, pattern) or fnmatchcase(path, f"*/{pattern}")


def github(problem: dict[str, Any]) -> str:
    """Return the workflow command that makes a problem an annotation of its line."""
    names = {"file": "path", "line": "line", "col": "column", "title": "code"}
    given = ",".join(
        f"{name}={_escaped(problem[key]).replace(':', '%3A').replace(',', '%2C')}"
        for name, key in names.items()
    )
    text = f"{problem['message']}\n{problem.get('hint') or ''}".rstrip("\n")
    return f"::{COMMANDS[problem['severity']]} {given}::{_escaped(text)}"


def _escaped(value: object) -> str:
    """Escape as GitHub's own toolkit does (@actions/core, escapeData)."""
    return str(value).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def table(outcomes: dict[str, int]) -> Table:
    """Return what became of all files; the rows of `OUTCOMES` add up to the total."""
    shown = Table(box=None, pad_edge=False, show_footer=True)
    shown.add_column("files", "total")
    shown.add_column("", str(sum(outcomes.get(name, 0) for name in OUTCOMES)), justify="right")
    shown.add_column("", "")
    for name, meaning in OUTCOMES.items():
        kept = outcomes.get("kept", 0) if name == "refused" else 0
        also = f"; the last good entry of {kept} stays" if kept else ""
        shown.add_row(name, str(outcomes.get(name, 0)), meaning + also)
    return shown


def explain(code: str) -> str:
    """Return what a code stands for, whom it harms and what puts it right.

    Raises:
        SettingsError: There is no such code.
    """
    code = code.strip().upper()
    if code not in CODES:
        raise SettingsError(_unknown(code))
    severity, meaning = CODES[code]
    return f"{code} ({severity}): {meaning}\n\n{HARMS[code]}"
