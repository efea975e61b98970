"""`feeds list` and `feeds check`."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from feeds.cli.shared import (
    OUT,
    load_settings,
    log_to_stderr,
    manual,
    overrides_of,
    publish_once,
    replace_file,
    shared,
)
from feeds.errors import CODES, FeedsError, PublisherRunning

if TYPE_CHECKING:
    from feeds.settings import Settings

STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


@click.command("list", epilog=manual("the folder of posts cannot be read"))
@shared
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def list_documents(source: Path | None, config: Path | None, as_json: bool) -> None:
    """List the documents, with format, entries, size and validators.

    A line has path, format, number of entries, bytes before compression, ETag and
    Last-Modified. Publishes first where no publisher is running. In JSON the
    keys are `path`, `format`, `entries`, `bytes`, `etag` and `last_modified`.

    \b
    Examples:
      feeds list
      feeds list --json | jq '.documents[].path'
    """
    from feeds.publisher.report import documents
    from feeds.publisher.run import Publisher

    log_to_stderr()
    overrides = overrides_of(source, None)
    settings = load_settings(config, overrides)
    with (
        contextlib.suppress(PublisherRunning),
        Publisher(lambda: load_settings(config, overrides), time.time) as publisher,
    ):
        publish_once(publisher)
    found = documents(settings)
    if as_json:
        OUT.print_json(json.dumps({"documents": found}))
        return
    table = Table("path", "format", "entries", "bytes", "ETag", "last modified", box=None)
    for row in found:
        table.add_row(*(Text(str(value)) for value in row.values()))
    OUT.print(table)


def _codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Return codes that may be given one by one or with commas."""
    return tuple(code.strip() for part in value for code in part.split(",") if code.strip())


@click.command(
    epilog=manual(
        "there are errors, or the folder of posts cannot be read",
        "no errors; there may be warnings and notes",
    )
)
@shared
@click.option(
    "--select",
    metavar="CODES",
    multiple=True,
    callback=_codes,
    help="Show these codes alone (F020,F03: F03 is F030 to F039).",
)
@click.option("--ignore", metavar="CODES", multiple=True, callback=_codes, help="Leave these out.")
@click.option("--notes", is_flag=True, help="Show each note, not only how many there are.")
@click.option("--fix", is_flag=True, help="Repair wrongly decoded text (F049), after a diff.")
@click.option("--yes", is_flag=True, help="Repair without asking.")
@click.option("--explain", metavar="CODE", help="Say what a code means, and the harm it prevents.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text",
    show_default=True, help="How problems are printed.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
def check(
    source: Path | None, config: Path | None, select: tuple[str, ...], ignore: tuple[str, ...],
    notes: bool, fix: bool, yes: bool, explain: str | None, form: str,
) -> None:  # fmt: skip
    """List what keeps posts from being published as meant.

    Each line is `path:line:column: severity CODE: message`, with a way out below; at the end
    a table says what became of the files. The first time every body is rendered, later
    only what changed is looked at. Publishes nothing.

    \b
    Examples:
      feeds check
      feeds check --explain F020
      feeds check --ignore F044,F048 --notes
      feeds check --format github        annotations in a pull request
      feeds check --fix                  repair "donâ€™t", after showing the diff
      feeds check --json | jq '.problems[] | select(.severity == "error")'
    """
    from feeds.check.presentation import chosen, github, table
    from feeds.check.presentation import explain as explained

    if explain is not None:
        OUT.print(Text(explained(explain)))
        return
    log_to_stderr(logging.ERROR)
    settings = load_settings(config, overrides_of(source, None))
    wanted = settings.check
    report = _checked(settings)
    problems = chosen(
        report["problems"],
        select or wanted.select,
        ignore or wanted.ignore,
        wanted.per_file,
    )
    if fix:
        _fix(settings, problems, yes)
        return
    if form == "json":
        OUT.print_json(json.dumps({"problems": problems, "files": report["files"]}))
    elif form == "github":
        for problem in problems:
            click.echo(github(problem))
    else:
        for problem in problems:
            if notes or problem["severity"] != "note":
                _say_problem(problem)
        if not notes:
            _say_notes(problems)
        OUT.print(table(report["files"]))
    sys.exit(1 if any(problem["severity"] == "error" for problem in problems) else 0)


def _checked(settings: Settings) -> dict[str, Any]:
    from feeds.check.run import check as look

    return look(settings, time.time)


def _say_problem(problem: dict[str, Any]) -> None:
    line = Text(f"{problem['path']}:{problem['line']}:{problem['column']}: ")
    line.append(problem["severity"], STYLES[problem["severity"]])
    line.append(f" {problem['code']}: {problem['message']}")
    OUT.print(line)
    OUT.print(Text(f"    {problem['hint']}"))


def _say_notes(problems: list[dict[str, Any]]) -> None:
    """Say how many notes there are of each kind: a site may have thousands."""
    counts = Counter(problem["code"] for problem in problems if problem["severity"] == "note")
    for code, count in sorted(counts.items()):
        line = Text()
        line.append("note", STYLES["note"])
        line.append(f" {code}: {CODES[code][1]} ({count}; --notes shows where)")
        OUT.print(line)


def _fix(settings: Settings, problems: list[dict[str, Any]], yes: bool) -> None:
    """Show what would be repaired in each file, ask, and write it."""
    from feeds.check.mojibake import diff, repaired

    for path in dict.fromkeys(one["path"] for one in problems if one["code"] == "F049"):
        file = Path(path)
        old = file.read_bytes()
        new = repaired(old)
        if new == old:
            continue
        click.echo(diff(path, old, new))
        if yes or click.confirm(f"Repair {path}?"):
            if file.read_bytes() != old:
                raise FeedsError(f"{path} changed meanwhile: run it again")
            replace_file(file, new)
