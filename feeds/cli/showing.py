"""`feeds show`."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from feeds.cli.reporting import STYLES
from feeds.cli.shared import OUT, load_settings, log_to_stderr, manual
from feeds.model import shorten

HTML_LINES = 8
STATES = {"public": "bold green", "refused": "bold red", "kept": "bold red"}


@click.command(epilog=manual("the post is refused, or only its last good entry is left", "shown"))
@click.argument("file", help="A path from here, an absolute one, or one below the content folder.")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), envvar="FEEDS_CONFIG",
    help="The settings file.  [default: feeds.toml, if there is one]",
)  # fmt: skip
@click.option("--html", "only_html", is_flag=True, help="Print the whole rendered body alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(file: str, config: Path | None, only_html: bool, as_json: bool) -> None:
    """Show one post as it was understood.

    Each field with where it came from (a key and its line, the file's name, a setting, a
    default), what is wrong with it, the documents that contain it, and the beginning of its
    body as feeds show it. Publishes nothing, and may run beside `feeds serve`.

    \b
    Examples:
      feeds show content/2024/hello.md
      feeds show 2024/hello.md               below the content folder
      feeds show --html hello.md | less
      feeds show --json hello.md | jq '.fields[] | select(.name == "url")'
    """
    from feeds.check.show import NoSuchPost
    from feeds.check.show import show as look

    log_to_stderr(logging.ERROR)
    try:
        found = look(load_settings(config, {}), file, time.time)
    except NoSuchPost as error:
        raise click.BadParameter(str(error), param_hint="FILE") from None
    if as_json:
        OUT.print_json(json.dumps(found))
    elif only_html:
        click.echo(found["html"] or "", nl=bool(found["html"]))
    else:
        _say(found)
    sys.exit(1 if found["state"]["name"] in ("refused", "kept") else 0)


def _say(found: dict[str, Any]) -> None:
    state = found["state"]
    line = Text(f"{found['path']}: ").append(state["name"], STATES.get(state["name"], "yellow"))
    OUT.print(line.append(f" {state['reason']}".rstrip() + _from(state["from"], " ({})")))
    table = Table(box=None, pad_edge=False, show_header=False, width=_width())
    for overflow in ("ignore", "fold", "fold"):
        table.add_column(overflow=overflow)
    for field in found["fields"]:
        if field["from"]:
            origin = _from(field["from"], "{}")
            table.add_row(field["name"], Text(_shown(field["value"])), Text(origin, "cyan"))
    for key in found["unused"]:
        said = "read, without effect" if key["read"] else "not used"
        table.add_row("", Text(said, "dim"), Text(f"`{key['key']}`, line {key['line']}", "dim"))
    OUT.print(table)
    for text in (*_problems(found["problems"]), *_documents(found)):
        OUT.print(text)
    if found["html"]:
        OUT.print(Text("\n" + _beginning(found["html"])))


def _width() -> int:
    return min(OUT.width, 100)


def _from(origins: list[dict[str, Any]], shape: str) -> str:
    said = "; ".join(_said(origin) for origin in origins)
    return shape.format(said) if said else ""


def _said(origin: dict[str, Any]) -> str:
    line = f", line {origin['line']}" if origin["line"] and not origin["key"] else ""
    return f"{origin['text']}{line}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(_shown, value))
    if isinstance(value, dict):
        return " ".join(map(str, value.values()))
    return {None: "–", True: "yes", False: "no"}.get(value, str(value))


def _problems(problems: list[dict[str, Any]]) -> Iterator[Text]:
    for one in problems:
        place = Text(f"line {one['line']}: ").append(one["severity"], STYLES[one["severity"]])
        yield place.append(f" {one['code']}: {one['message']}\n    {one['hint']}")


def _documents(found: dict[str, Any]) -> Iterator[Text]:
    verb = "in" if found["published"] else "nothing was published yet; it would be in"
    for one in found["documents"]:
        yield Text(f"{verb} {one['path']}, entry {one['position']} of {one['entries']}")
    if not found["documents"]:
        yield Text("in no document")


def _beginning(html: str) -> str:
    """Return the first lines of a body, and how many more there are."""
    lines = html.splitlines()
    kept = [shorten(line, 300) for line in lines[:HTML_LINES]]
    more = len(lines) - len(kept)
    return "\n".join([*kept, f"… {more} more lines: --html prints them"] if more > 0 else kept)
