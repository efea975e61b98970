"""What was found, written down: as feeds.toml, and as lines for people."""

from __future__ import annotations

import json
import re
from typing import Any

from feeds.sites.draft import Found

TABLES = ("site", "content", "feeds", "paths", "aliases")
ORDER = (
    "url title description language timezone author icon image copyright source profile permalink "
    "permalinks include exclude languages authors date_order entries content rss atom json sitemap "
    "robots opml index"
).split()
EXAMPLES = {
    "site.url": "https://example.org/",
    "site.title": "My site",
    "site.language": "en",
    "site.timezone": "Europe/Berlin",
    "site.author": "Ada",
    "content.permalink": "/:path/:slug/",
}


def toml(found: Found) -> str:
    """Return feeds.toml: what was found with its origin, what is missing as comments."""
    sign = found.origins.get("content.profile", "no generator's configuration was found")
    lines = [f"# Written by `feeds init` from the site's own configuration ({_comment(sign)})."]
    asks = [ask.partition(": ") for ask in found.asks]
    lines += [f"# {_comment(warning)}" for warning in found.warnings]
    lines += [f"# ask: {_comment(why)}" for name, _, why in asks if name not in EXAMPLES]
    for table in TABLES:
        values = found.settings.get(table, {})
        missing = {name: why for name, _, why in asks if name.startswith(f"{table}.")}
        if values or missing.keys() & EXAMPLES.keys():
            lines += ["", f"[{table}]", *_table(found, table, values, missing)]
        if table == "content":
            lines += _defaults(found)
    return "\n".join(lines).encode("utf-8", "replace").decode() + "\n"


def _table(found: Found, table: str, values: dict[str, Any], missing: dict[str, str]) -> list[str]:
    lines = []
    known = [key for key in ORDER if key in values or f"{table}.{key}" in missing]
    inner = []
    for key in dict.fromkeys([*known, *values]):
        name = f"{table}.{key}"
        if name in missing and name in EXAMPLES:
            lines.append(f"# {key} = {_value(EXAMPLES[name])}  # ask: {_comment(missing[name])}")
        elif isinstance(values.get(key), dict) and key not in ("author",):
            inner += [
                "",
                f"[{table}.{key}]  # {_comment(found.origins.get(name, ''))}".rstrip(" #"),
            ]
            inner += [f"{_key(item)} = {_value(value)}" for item, value in values[key].items()]
        elif key in values:
            origin = _comment(found.origins.get(name, ""))
            lines.append(
                f"{_key(key)} = {_value(values[key])}" + (f"  # {origin}" if origin else "")
            )
    return lines + inner


def _defaults(found: Found) -> list[str]:
    lines: list[str] = []
    for default in found.settings.get("defaults", []):
        origin = _comment(found.origins.get("defaults", ""))
        lines += ["", f"[[defaults]]  # {origin}", f"path = {_value(default['path'])}"]
        lines += [f"values = {_value(default['values'])}"]
    return lines


def summary(found: Found) -> list[str]:
    """Return what was found, guessed and not found, and what to do next, line by line."""
    sign = found.origins.get("content.profile", "no generator's configuration")
    lines = [f"found {sign} in {found.root}"]
    for table in TABLES:
        values = found.settings.get(table, {})
        for key in (key for key in ORDER if key in values):
            origin = found.origins.get(f"{table}.{key}", "")
            lines.append(f"  {table}.{key} = {_value(values[key])}  # {origin}".rstrip("# "))
    if defaults := found.settings.get("defaults"):
        lines.append(f"  {len(defaults)} [[defaults]]  # {found.origins.get('defaults', '')}")
    lines += [f"  ask: {ask}" for ask in found.asks]
    lines += [f"  warning: {warning}" for warning in found.warnings]
    return [*lines, "next: `feeds check` lists what keeps posts back, `feeds serve` serves them"]


def _comment(text: str) -> str:
    """Return a text as a comment may have it (TOML 1.0: no control characters)."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", text).strip()


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: Any) -> str:
    """Return a value in TOML, in one line; JSON's strings are TOML's, but for DEL."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
