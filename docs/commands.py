"""Put the help of every command into the page of commands: mkdocs calls this at each build."""

from __future__ import annotations

from typing import Any

import click

from feeds.cli import main


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return the page, with a section for each command if it is the one of commands."""
    if page.file.src_uri != "commands.md":
        return markdown
    top = click.Context(main, info_name="feeds", terminal_width=80)
    sections = [_section(top)]
    for name in main.list_commands(top):
        command = main.commands[name]
        sections.append(_section(click.Context(command, top, name, terminal_width=80)))
    return "\n".join([markdown, *sections])


def _section(context: click.Context) -> str:
    return f"## `{context.command_path}`\n\n```text\n{context.get_help()}\n```\n"
