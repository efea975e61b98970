"""`feeds init`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from feeds.cli.shared import OUT, exit_codes
from feeds.errors import FeedsError

NAME = "feeds.toml"


@click.command(epilog=exit_codes("feeds.toml is there already"))
@click.argument(
    "folder",
    default=".",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder of the site.  [default: the current one]",
)
@click.option("--force", is_flag=True, help="Write over a feeds.toml that is there.")
@click.option("--dry-run", is_flag=True, help="Print the settings and write nothing.")
def init(folder: Path, force: bool, dry_run: bool) -> None:
    """Write feeds.toml from the configuration of a site.

    Reads what Hugo, Jekyll, Zola, Hexo, Eleventy, Astro, Next.js, Docusaurus, Obsidian,
    Pelican, Nikola, MkDocs and VitePress say about title, address, permalinks and feeds, so
    that subscribers keep the addresses they have. What cannot be read is asked for.

    \b
    Examples:
      feeds init                 in the folder of the site
      feeds init ~/blog --dry-run
    """
    from feeds.sites import discover, summary, toml

    found = discover(folder)
    target = found.root / NAME
    text = toml(found)
    if dry_run:
        click.echo(text)
        return
    if target.exists() and not force:
        raise FeedsError(f"{target} is there already: --force writes over it, --dry-run prints")
    target.write_text(text, encoding="utf-8")
    OUT.print(Text(f"wrote {target}"))
    for line in summary(found):
        OUT.print(Text(line))
    OUT.print(
        Text("has this site subscribers? `feeds adopt OLD_FEED` first keeps the ids they know")
    )
