"""A thousand documents, and headers and queries that strangers make up, against one document."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import peers
from benchmarks.load import Request, load
from benchmarks.serving import ENTRIES, Figure, figure, pairs, site

POSTS, TAGS = 1_000, 333
FORMATS = ("feed.xml", "atom.xml", "feed.json")
JUNK, LOST = 100_000, 20_000
OTHERS = ("br", "deflate", "zstd", "identity", "*", "compress")


def measure(folder: Path) -> Iterator[Figure]:
    """Yield rates of many documents and of junk to that of one, and what junk leaves in memory."""
    _site(folder)
    one = [("/feed.xml", {"Accept-Encoding": "gzip"})]
    paths = [f"/tags/tag-{tag}/{name}" for tag in range(TAGS) for name in FORMATS]
    rotation = [(path, {"Accept-Encoding": "gzip"}) for path in paths]
    junk = _junk(paths)
    with peers.feeds(folder, "--no-watch") as ours:
        sizes = [len(ours.get(path)[1]) for path in paths]
        print(f"  {len(paths)} documents, {sum(sizes) / len(sizes):,.0f} bytes in gzip each")
        found = pairs((ours, rotation), (ours, one))
        yield figure("1,000 documents in turn, rate to one", found, "goal: at least 0.8")
        found = pairs((ours, junk), (ours, one))
        yield figure("1,000 documents and junk, rate to one", found, "goal: at least 0.8")
        body = folder / "body.gz"
        body.write_bytes(ours.get()[1])
        with peers.bare("full", body) as bare:
            found = pairs((bare, junk), (bare, one))
            yield figure("a bare callable asked so, rate to one", found, "")
        said, goal = "memory of a worker after {:,} {}, MB to before", "goal: less than 20 MB more"
        yield said.format(JUNK, "junk requests"), [_growth(ours, junk)], goal
        lost = [(f"/{number}/lost{path}", headers) for number, (path, headers) in enumerate(junk)]
        found_none = _growth(ours, lost[:LOST], lost=True)
        yield said.format(LOST, "unknown paths"), [found_none], goal


def _site(folder: Path) -> None:
    """Write posts so that each tag's feed is as long as the main one."""
    site(folder, POSTS)
    each = TAGS * ENTRIES // POSTS
    for number, path in enumerate(sorted((folder / "content").rglob("*.md"))):
        tags = ", ".join(f"tag-{(number * each + turn) % TAGS}" for turn in range(each))
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("\ntags: [", f"\ntags: [{tags}]\nwords: [", 1), "utf-8")
    with (folder / "feeds.toml").open("a") as file:
        file.write('[groupings]\nkinds = ["tags"]\nformats = ["rss", "atom", "json"]\n')
    subprocess.run([sys.executable, "-m", "feeds", "publish"], cwd=folder, check=True)


def _junk(paths: list[str]) -> list[Request]:
    """Return requests of which no two have the same query, codings or tags; some are a 304."""
    chance = random.Random(5)
    return [
        (
            f"{chance.choice(paths)}?utm={number}&{chance.random()}",
            {"Accept-Encoding": _accepted(chance), "If-None-Match": _tags(chance)},
        )
        for number in range(JUNK)
    ]


def _accepted(chance: random.Random) -> str:
    """Return codings of which gzip is the most welcome, so that all answers are as long."""
    names = chance.sample(OTHERS, chance.randrange(1, 5))
    return ", ".join(["gzip", *(f"{name};q={chance.random() * 0.9:.3f}" for name in names)])


def _tags(chance: random.Random) -> str:
    return ", ".join(f'"{chance.getrandbits(100):x}"' for _ in range(chance.randrange(1, 4)))


def _growth(
    server: peers.Server, requests: list[Request], *, lost: bool = False
) -> tuple[float, float]:
    """Ask for everything at least once; return the worker's megabytes after it and before."""
    (worker,) = server.workers()
    load(server, requests[:1000], lost=lost)
    before, asked, seconds = peers.memory(worker), 0, 2.0
    while asked < len(requests):  # each turn begins anew, hence all of them in one
        asked = load(server, requests, seconds := seconds * 2, lost=lost).answers
    return peers.memory(worker), before
