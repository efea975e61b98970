"""What the commands share: the folder, the settings, where words go."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

if TYPE_CHECKING:
    from feeds.settings import Settings

# A pipe has no width: what is cut off there is lost to grep.
BUILD_FOLDER = "build"
"""Below the state folder: index and ledger of builds whose ledger is a file."""

OUT = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 200)
ERR = Console(stderr=True, soft_wrap=True)

SETTINGS_HELP = """\b
Environment:
  FEEDS_CONFIG         the settings file, as --config names it
  FEEDS_TABLE__KEY     any setting, over what the file says:
                       FEEDS_SITE__URL=https://example.org/

\b
Files:
  feeds.toml           the settings; paths in it start from its folder
  .feeds/ledger.db     the memory of ids and dates: back it up
  .feeds/index.db      made from the posts; may be deleted at any time
                       (.feeds is beside feeds.toml, without one in the user's
                       state directory; `path` under [state] moves it)

"""


def exit_codes(failure: str, success: str = "done") -> str:
    """Return the section of a command's help that says what its exit codes stand for."""
    return f"""\b
Exit codes:
  0  {success}
  1  {failure}
  2  the command line or the settings cannot be used
"""


def manual(failure: str, success: str = "done") -> str:
    """Return the end of a command's help: environment, files, exit codes."""
    return SETTINGS_HELP + exit_codes(failure, success)


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that names the settings file."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="FEEDS_CONFIG",
        help="The settings file.  [default: feeds.toml, if there is one]",
    )(command)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what most commands take: the folder and the settings file."""
    return click.argument(
        "source",
        required=False,
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder of posts, or of a whole site.  [default: `source` under [content], "
        'else what the site\'s own configuration names, else "content"]',
    )(configured(command))


def in_a_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that names a ledger's file, for sites without a state folder."""
    return click.option(
        "--ledger", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
        help="The ledger that `feeds build --ledger FILE` keeps.",
    )(command)  # fmt: skip


@contextlib.contextmanager
def kept_in(ledger: Path | None, settings: Settings) -> Iterator[Settings]:
    """Yield settings whose ledger says what a file says, and let the file say it afterwards."""
    if ledger is None:
        yield settings
        return
    from feeds.index import ledger_file
    from feeds.settings import State

    assert settings.state.path is not None
    state = settings.state.path / BUILD_FOLDER
    state.mkdir(parents=True, exist_ok=True)
    ledger_file.load(ledger, state, former=state.parent)
    before = ledger_file.dump(state)
    yield settings.model_copy(update={"state": State(path=state)})
    after = ledger_file.dump(state)
    if after != before:
        ledger_file.write(ledger, after)


def overrides_of(source: Path | None, url: str | None) -> dict[str, dict[str, Any]]:
    """Return what the command line says, as settings."""
    overrides: dict[str, dict[str, Any]] = {}
    if source is not None:
        overrides["content"] = {"source": source.absolute()}
    if url is not None:
        overrides["site"] = {"url": url}
    return overrides


def load_settings(config: Path | None, overrides: dict[str, dict[str, Any]]) -> Settings:
    """Read the settings; see `feeds.settings.load`."""
    from feeds.settings import load

    return load(config, overrides)


def environ_of(config: Path | None, overrides: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the environment that tells the same to child processes."""
    environ = dict(os.environ)
    if config is not None:
        environ["FEEDS_CONFIG"] = str(config.absolute())
    for table, values in overrides.items():
        for key, value in values.items():
            environ[f"FEEDS_{table}__{key}".upper()] = str(value)
    return environ


def publish_once(publisher: Any) -> None:
    """Publish; see `feeds.publisher.run.publish_once`."""
    from feeds.publisher.run import publish_once as publish

    publish(publisher)


def replace_file(file: Path, content: bytes) -> None:
    """Put a whole new file in place of `file`, with its permissions."""
    fresh = file.with_name(f".{file.name}.feeds")
    fresh.write_bytes(content)
    shutil.copymode(file, fresh)
    fresh.replace(file)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Let what the publisher says go to standard error."""
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of every change
