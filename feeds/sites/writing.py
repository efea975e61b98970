"""What was found, written down: as feeds.toml, and as lines for people."""

from __future__ import annotations

import json
import re
from typing import Any

from feeds.sites.draft import Found

KEYS = {
    "site": "url title description language timezone author copyright",
    "content": "source profile permalink permalinks include exclude languages authors pages opt_in",
    "feeds": "entries content",
    "paths": "rss atom json sitemap robots opml index",
}
EXAMPLES = {
    "site.url": "https://example.org/",
    "site.title": "My site",
    "site.language": "en",
    "site.timezone": "Europe/Berlin",
    "site.author": "Ada",
    "content.source": "posts",
    "content.permalink": "/:path/:slug/",
}


def toml(found: Found) -> str:
    """Return feeds.toml: what was found with its origin, what is missing as comments."""
    sign = found.origins.get("content.profile", "no generator's configuration was found")
    asks = {name: why for name, _, why in (ask.partition(": ") for ask in found.asks)}
    lines = [f"# Written by `feeds init` from the site's own configuration ({sign})."]
    lines += [f"# {warning}" for warning in found.warnings]
    lines += [f"# ask: {name}: {why}" for name, why in asks.items() if name not in EXAMPLES]
    for table, keys in KEYS.items():
        inside = []
        for name in (f"{table}.{key}" for key in keys.split()):
            if name in found.origins:
                value = found.settings[table][name.removeprefix(f"{table}.")]
                inside.append(_said(_pair(name, value), found.origins[name]))
            elif name in asks and name in EXAMPLES:
                inside.append(_said(f"# {_pair(name, EXAMPLES[name])}", f"ask: {asks[name]}"))
        lines += ["", f"[{table}]", *inside] if inside else []
    for default in found.settings.get("defaults", []):
        lines += ["", _said("[[defaults]]", found.origins["defaults"])]
        lines += [f"{key} = {_value(value)}" for key, value in default.items()]
    text = "\n".join(lines).replace("\x7f", " ")  # which no comment may hold (TOML 1.0)
    return text.encode("utf-8", "replace").decode() + "\n"


def summary(found: Found) -> list[str]:
    """Return what was found, guessed and not found, and what to do next, line by line."""
    sign = found.origins.get("content.profile", "no generator's configuration")
    lines = [f"  {line}" for line in toml(found).split("\n")[1:] if line]
    return [
        f"found {sign} in {found.root}",
        *lines,
        "next: `feeds check` lists what keeps posts back, `feeds serve` serves them",
    ]


def _pair(name: str, value: Any) -> str:
    return f"{name.rpartition('.')[2]} = {_value(value)}"


def _said(line: str, comment: str) -> str:
    return f"{line}  # {comment}" if comment else line


def _value(value: Any) -> str:
    """Return a value in TOML, in one line; JSON's strings are TOML's, but for DEL."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, (str, bool)):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)
