"""The command line. Each command imports what it needs: `feeds --help` answers at once."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import click
from rich.text import Text

from feeds.cli.building import build
from feeds.cli.moving import adopt, diff
from feeds.cli.naming import ids
from feeds.cli.reporting import check, list_documents
from feeds.cli.serving import publish, serve
from feeds.cli.shared import ERR, manual
from feeds.cli.showing import show
from feeds.cli.starting import init
from feeds.errors import FeedsError, SettingsError


class _Commands(click.Group):
    """Turns our errors into one message and the exit code that scripts rely on."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            ERR.print(Text(f"feeds: the settings cannot be used\n{error}"))
            ctx.exit(2)
        except FeedsError as error:
            ERR.print(Text(f"feeds: {error}"))
            ctx.exit(1)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=manual("the command could not do it; the message says what to do"),
)
@click.version_option(
    version("feeds"),
    prog_name="feeds",
    message=f"%(prog)s, version %(version)s (Python {platform.python_version()})",
)
def main() -> None:
    """Turn a folder of Markdown posts into RSS, Atom, JSON Feed, sitemap and OPML.

    \b
    Examples:
      feeds serve                  serve the posts in content/
      feeds serve ~/blog/posts     serve any folder of posts
      feeds init                   write settings from the site's configuration
      feeds adopt OLD_FEED         keep the ids that subscribers of a feed hold
      feeds check                  list what keeps posts from being published
      feeds show content/hello.md  say how one post was understood, and why
      feeds build --output public  write the documents as files, for a static host
      feeds list --json            list every document, for a script

    Shell completion: eval "$(_FEEDS_COMPLETE=bash_source feeds)" in ~/.bashrc (zsh and
    fish: zsh_source, fish_source).
    """


for _command in (serve, publish, build, list_documents, check, show, init, adopt, diff, ids):
    main.add_command(_command)
