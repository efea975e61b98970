"""What surrounds the code: help, documentation, the hook, the container, the package."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner
from conftest import ROOT, Site, free_port, post

from feeds.cli import main

TOP = click.Context(main, info_name="feeds", terminal_width=80)
COMMANDS = {
    "feeds": TOP,
    **{
        name: click.Context(each, TOP, name, terminal_width=80)
        for name, each in main.commands.items()
    },
}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_a_manual_page(name: str) -> None:
    context = COMMANDS[name]
    text = context.get_help()
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "..." not in text.partition("Commands:")[2], (
        "a first line is cut in the list of commands"
    )
    assert "\n  Examples:\n" in text
    assert re.search(r"(?m)^  Exit codes:\n    0  .+\n    1  .+\n(.+\n)*?    2  ", text)
    for parameter in context.command.params:
        if isinstance(parameter, click.Option) and parameter.hidden:
            continue
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} is not explained"
    if any(parameter.name == "config" for parameter in context.command.params):
        assert "FEEDS_CONFIG" in text
        assert "ledger.db" in text


def test_every_example_is_a_command_line() -> None:
    lines = [
        line.partition("feeds ")[2]
        for context in COMMANDS.values()
        for line in context.get_help().partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    ]
    assert len(lines) > 15
    for line in lines:
        name, *words = shlex.split(re.split(r" {2,}| \| ", line.strip())[0])
        command = main.commands[name]
        command.parse_args(click.Context(command, resilient_parsing=True), list(words))
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= known, line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--port", "99999"], "--port"),
        (["serve", "--workers", "0"], "--workers"),
        (["serve", "--colour"], "--colour"),
        (["served"], "served"),
    ],
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert said in done.stderr


class References(HTMLParser):
    """Collects what a page loads from elsewhere: `src` of anything, `href` of links in the head."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        address = found.get("src") or (found.get("href") if tag == "link" else None) or ""
        if re.match(r"(?:https?:)?//", address):
            self.loaded.append(address)


def build(root: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the documentation of `root` with the command of `make docs`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (words,) = re.findall(r"(?m)^\t.*\$\(BIN\)/mkdocs (.+?)(?:  #.*)?$", makefile)
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *words.split(), "--site-dir", str(target)],
        cwd=root, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("documentation")
    done = build(ROOT, target)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_a_dead_link_ends_the_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "docs" / "index.md").write_text("[a](absent.md) [b](settings.md#absent)\n")
    (tmp_path / "docs" / "unlisted.md").write_text("# In no menu\n")
    done = build(tmp_path, tmp_path / "built")
    assert done.returncode == 1
    for said in ("absent.md", "#absent", "unlisted.md"):
        assert said in done.stderr


def test_the_documentation_loads_nothing_from_other_hosts(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= {page.stem for page in pages}
    for page in pages:
        references = References()
        references.feed(page.read_text(encoding="utf-8"))
        assert references.loaded == [], page.name
    for sheet in built.rglob("*.css"):
        assert not re.search(r"url\(\W*(https?:)?//|@import", sheet.read_text()), sheet.name


def test_the_page_of_commands_shows_each_help(built: Path) -> None:
    page = (built / "commands.html").read_text(encoding="utf-8")
    for name, context in COMMANDS.items():
        usage = f"Usage: {context.command_path} "
        assert usage in re.sub(r"<[^>]+>", "", page), name


@pytest.fixture
def hook() -> dict[str, Any]:
    (found,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return dict(found)


def test_the_hook_is_installed_as_python(hook: dict[str, Any]) -> None:
    """What `language: python` runs is a console script of the package."""
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert shlex.split(hook["entry"])[0] in scripts
    changed = ["content/a.md", "b.mdx", "feeds.toml", "blog/feeds.toml", "c.markdown"]
    for name in changed:
        assert re.search(hook["files"], name), name
    for name in ("a.py", "myfeeds.toml", "md", "a.md.orig", "feeds.toml.bak"):
        assert not re.search(hook["files"], name), name


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (post(), 0, ""),
        (post(permalink="/first/"), 1, "content/second.md:1:1: error F031"),
    ],
)
def test_the_hook_stops_a_commit(
    site: Site, hook: dict[str, Any], text: str, code: int, said: str
) -> None:
    """Run as pre-commit does: at the top of the repository, the environment's scripts first."""
    site.write("first.md", post(permalink="/first/"))
    site.write("second.md", text)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["git", "init", "-q"], cwd=site.root, check=True)
    subprocess.run(["git", "add", "--all"], cwd=site.root, check=True)
    done = subprocess.run(
        [*shlex.split(hook["entry"]), *hook.get("args", [])],
        cwd=site.root, env={**site.env(), "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
    changed = subprocess.run(["git", "diff", "--name-only"], cwd=site.root, capture_output=True)
    assert changed.stdout == b"", "pre-commit fails a hook that changes files"


def test_every_file_of_the_package_is_in_its_wheel() -> None:
    """Python files are found by setuptools; others only where a pattern names them."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = tool["package-data"]["feeds"]
    others = [
        path.relative_to(ROOT / "feeds").as_posix()
        for path in (ROOT / "feeds").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert {"py.typed", "formats/index.html"} <= set(others)
    for name in others:
        assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns), name


def instructions() -> Iterator[tuple[str, str]]:
    """Yield each instruction of the Dockerfile with its arguments."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", "")
    for line in filter(None, text.splitlines()):
        name, _, rest = line.partition(" ")
        yield name, rest.strip()


def last(name: str) -> str:
    return [rest for found, rest in instructions() if found == name][-1]


def test_the_container_copies_what_is_there_and_not_ignored() -> None:
    kept = re.findall(r"(?m)^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"))
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from="):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert source in kept, f"{source} is not in .dockerignore"


def test_the_container_is_small_in_rights() -> None:
    user = int(last("USER"))
    assert user > 0
    assert f"--uid {user}" in last("RUN")
    images = [rest for name, rest in instructions() if name == "FROM"]
    assert len(images) == 2
    assert all(re.match(r"python:3\.1[123]-slim-\w+( AS build)?$", image) for image in images)
    assert last("STOPSIGNAL") == "SIGTERM"


def test_the_containers_command_line_is_understood() -> None:
    words = json.loads(last("ENTRYPOINT")) + json.loads(last("CMD"))
    assert words[0] == "feeds"
    given = main.commands[words[1]].make_context(words[1], words[2:]).params
    assert given["host"] == "0.0.0.0"
    assert given["port"] == int(last("EXPOSE"))


def test_compose_mounts_the_site_read_only_and_keeps_the_state() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    (service,) = compose["services"].values()
    volumes = dict(part.rsplit(":", 2)[-2:] for part in service["volumes"] if part.endswith(":ro"))
    assert volumes == {last("WORKDIR"): "ro"}
    assert f"state:{last('VOLUME')}" in service["volumes"]
    assert "state" in compose["volumes"]
    assert f"FEEDS_STATE__PATH={last('VOLUME')}" in last("ENV")
    assert service["read_only"] is True
    assert service["ports"] == [f"127.0.0.1:8000:{last('EXPOSE')}"]


def test_the_health_check_tells_a_server_from_none(site: Site) -> None:
    site.write("first.md", post())
    command = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert command[0] == "python"

    def checked(port: int) -> int:
        words = [word.replace(f":{last('EXPOSE')}/", f":{port}/") for word in command[1:]]
        return subprocess.run([sys.executable, *words], capture_output=True).returncode

    assert checked(free_port()) == 1
    with site.serve() as server:
        assert checked(server.port) == 0
