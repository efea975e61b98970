"""Events of the content folder, and what takes over where there are none.

Each test changes files beside a publisher's own loop. The system's limits are those of a user
namespace that a child process is in, and the mount without events is of its own mount namespace:
nothing of the machine is changed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import live
import pytest
from conftest import URL, Answer, Server, Site, post

from feeds.publisher import watch
from feeds.settings import load

SOON = 12.0
"""Seconds: less than a periodic scan takes to come, with time to spare for a busy machine."""


def shows(text: str) -> Callable[[Answer], bool]:
    return lambda answer: text in answer.text


def lacks(text: str) -> Callable[[Answer], bool]:
    return lambda answer: text not in answer.text


def said(server: Server, words: str) -> int:
    """Return how many lines of the log contain `words`; the service answers meanwhile."""
    assert server.get("/healthz").status == 200
    return sum(words in line for line in server.log().splitlines())


@contextmanager
def publishing(site: Site, *within: str, scan: float = watch.SCAN_SECONDS) -> Iterator[Server]:
    """Run `feeds publish --watch` as a child, and serve the documents from here.

    Args:
        within: A shell command that runs before it in namespaces of its own.
        scan: Seconds between two periodic scans.
    """
    code = (
        "from feeds.publisher import watch\n"
        f"watch.SCAN_SECONDS, watch.POLL_SECONDS, watch.POLL_SHARE = {scan}, 0.3, 2\n"
        "from feeds.cli import main; main(['publish', '--watch'])"
    )
    command = [sys.executable, "-c", code]
    if within:
        setup = " && ".join([*within, 'exec "$@"'])
        command = [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            setup,
            "-",
            *command,
        ]
    log = site.root / "publisher.log"
    with log.open("wb") as output:
        child = subprocess.Popen(command, cwd=site.root, env=site.env(), stderr=output)
    try:
        with live._listening(load(site.root / "feeds.toml")) as port:
            server = Server(child, port, log)
            server.until(lambda answer: True, "/healthz")
            yield server
    finally:
        child.terminate()
        assert child.wait(15) == 0


LIMITS = {
    "no instance": ("max_inotify_instances", 0, True),
    "none for a folder that comes later": ("max_inotify_watches", 2, False),
}


@pytest.mark.parametrize(("limit", "most", "at_once"), LIMITS.values(), ids=LIMITS)
def test_the_limit_of_the_system_is_reached(
    site: Site, limit: str, most: int, at_once: bool
) -> None:
    site.write("old/a.md", post("Alpha"))
    with publishing(site, f"echo {most} > /proc/sys/user/{limit}", scan=1.5) as server:
        assert said(server, "no events from") == at_once
        site.write("new/b.md", post("Beta"))
        server.until(shows("Beta"), timeout=SOON)
        site.write("new/b.md", post("Gamma"))
        server.until(shows("Gamma"), timeout=SOON)
        (site.content / "old/a.md").unlink()
        server.until(lacks("Alpha"), timeout=SOON)
        assert said(server, "no events from") == 1


def test_the_queue_of_the_kernel_overflows(site: Site) -> None:
    site.write("a.md", post("Alpha"))
    with publishing(site) as server:
        server.process.send_signal(signal.SIGSTOP)
        for number in range(6000):  # some three events each; no posts: nobody has to read them
            (site.content / f"{number}.txt").touch()
        site.write("new/b.md", post("Beta"))
        site.write("a.md", post("Changed"))
        server.process.send_signal(signal.SIGCONT)
        server.until(shows("Beta"), timeout=SOON)
        server.until(shows("Changed"), timeout=SOON)
        site.write("new/b.md", post("Gamma"))
        server.until(shows("Gamma"), timeout=SOON)
        assert said(server, "changed at once") == 1


def test_a_mount_whose_changes_come_without_events(site: Site) -> None:
    """Overlayfs tells nothing of what changes in the layer below it, as NFS of other machines."""
    below, other = site.root / "below", site.root / "other"
    for folder in (below, other):
        folder.mkdir()
    below.joinpath("a.md").write_text(post("Alpha"))
    mount = "mount -t overlay overlay -o lowerdir=below:other content"
    with publishing(site, mount, scan=1.5) as server:
        below.joinpath("b.md").write_text(post("Beta"))
        server.until(shows("Beta"), timeout=SOON)
        for number in range(2):
            below.joinpath("b.md").write_text(post(f"Edition {number}"))
            server.until(shows(f"Edition {number}"), timeout=SOON)
        server.until(lambda _: said(server, "no events from") > 0, timeout=SOON)
        assert said(server, "no events from") == 1


def test_a_link_to_the_content_is_re_pointed(site: Site) -> None:
    site.write("a.md", post("Alpha"))
    one, two = site.root / "one", site.root / "two"
    site.content.rename(one)
    site.content.symlink_to(one)
    with site.live() as server:
        shutil.copytree(one, two)
        two.joinpath("b.md").write_text(post("Beta"))
        link = site.root / "next"
        link.symlink_to(two)
        link.replace(site.content)
        assert "Alpha" in server.until(shows("Beta"), timeout=SOON).text
        two.joinpath("b.md").write_text(post("Changed"))
        server.until(shows("Changed"), timeout=SOON)
        assert said(server, "in another folder now") == 1
        assert said(server, "no events from") == 0


def test_the_content_is_removed_and_made_anew(site: Site) -> None:
    site.write("a.md", post("Alpha"))
    with site.live() as server:
        shutil.rmtree(site.content)
        server.until(lambda _: said(server, "content: No such file") == 1, timeout=SOON)
        assert "Alpha" in server.get().text
        site.content.mkdir()
        site.write("b.md", post("Beta"))
        server.until(shows("Beta"), timeout=SOON)
        site.write("b.md", post("Changed"))
        assert "Alpha" not in server.until(shows("Changed"), timeout=SOON).text
        assert said(server, "content: No such file") == 1
        assert said(server, "no events from") == 0


def test_folders_are_moved_in_and_out(site: Site) -> None:
    site.write("a.md", post("Alpha"))
    apart = Site(site.root / "apart").write("deep/b.md", post("Beta")).parent
    with site.live() as server:
        apart.rename(site.content / "in")
        server.until(shows("Beta"), timeout=SOON)
        site.write("in/b.md", post("Changed"))
        server.until(shows("Changed"), timeout=SOON)
        (site.content / "in").rename(apart)
        server.until(lacks("Changed"), timeout=SOON)
        assert said(server, "no events from") == 0


def test_settings_that_are_being_written_wait(site: Site) -> None:
    """A part of a file may be whole settings, of another site."""
    site.write("a.md", post("Alpha"))
    with site.live() as server:
        before = server.get()
        site.settings("")
        # As if written to just now, for as long as it takes to be looked at.
        soon = time.time() + 1.9
        os.utime(site.root / "feeds.toml", (soon, soon))
        while time.time() < soon - 0.4:
            assert server.get().body == before.body
            time.sleep(0.05)
        site.settings(f'[site]\nurl = "{URL}"\ntitle = "Second"\n')
        server.until(shows("<title>Second</title>"), timeout=SOON)


def test_listening_breaks_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """watchfiles gives up at the name of a file that is no UTF-8."""
    monkeypatch.setattr(watch, "SCAN_SECONDS", 1.5)
    site.write("a.md", post("Alpha"))
    with site.live() as server:
        with open(os.fsencode(site.content) + b"/\xff.txt", "wb"):
            pass
        server.until(lambda _: said(server, "no events from") == 1, timeout=SOON)
        site.write("a.md", post("Changed"))
        server.until(shows("Changed"), timeout=SOON)
        server.until(lambda _: said(server, "come again") == 1, timeout=SOON)
        assert said(server, "no events from") == 1
