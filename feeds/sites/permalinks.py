"""Each generator's permalink patterns in our tokens: tables, and the one way to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from feeds.profiles import PERMALINK_TOKENS


def _same(names: str) -> dict[str, str]:
    return {name: f":{name}" for name in names.split()}


_DAY = _same("year month day")
_TIME = _same("i_month i_day hour minute second")

HUGO = {
    **_DAY,
    **_same("section title"),
    "yearday": ":yday",
    "sections": ":path",
    "slug": ":slug_or_title",
    "filename": ":name",
    "contentbasename": ":name",
    "slugorfilename": ":slug_or_name",
    "slugorcontentbasename": ":slug_or_name",
}
"""https://gohugo.io/configuration/permalinks/"""

JEKYLL = {
    **_DAY,
    **_TIME,
    **_same("short_year categories slug name"),
    "short_month": ":month_name",
    "y_day": ":yday",
    "title": ":slug",
    "slugified_categories": ":categories",
    "basename": ":name",
    "path": ":path/:slug",
    "output_ext": ".html",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
"""https://jekyllrb.com/docs/permalinks/, with the styles that have a name."""

HEXO = {
    **_DAY,
    **_TIME,
    **_same("id lang abbrlink name"),
    "category": ":categories",
    "post_title": ":title",
    "title": ":path/:name",
}
"""https://hexo.io/docs/permalinks; `:title` is the file below `_posts`, folders and all."""

BRACES = {
    "%Y": ":year", "%y": ":short_year", "%m": ":month", "%-m": ":i_month", "%b": ":month_name",
    "%d": ":day", "%-d": ":i_day", "%H": ":hour", "%M": ":minute", "%S": ":second", "%j": ":yday",
}  # fmt: skip
PELICAN = {**BRACES, "slug": ":slug_or_title", "category": ":category", "lang": ":lang"}
ELEVENTY = {
    **BRACES,
    "page.fileslug": ":filename",
    "page.fileslug | slugify": ":filename",
    "page.filepathstem": "/:path/:filename",
    "slug": ":slug",
    "title | slug": ":title",
    "title | slugify": ":title",
}

_TOKEN = re.compile(
    r"\{\{?-?\s*([^{}]*?)\s*-?\}?\}|:([a-zA-Z0-9]+(?:_[a-zA-Z0-9]+)*(?:\[[^\]/]*\])?)"
)


def translate(pattern: object, table: Mapping[str, str]) -> str | None:
    """Return a generator's pattern in our tokens; None where one has no counterpart.

    Tokens look like `:year`, `{slug}`, `{date:%Y}`, or `{{ page.date | date: '%Y/%m' }}`.
    """
    if not isinstance(pattern, str) or not pattern.strip():
        return None

    def token(found: re.Match[str]) -> str:
        name = found[1] or found[2] or ""
        if "%" in name:
            form = name.rpartition(":")[2].strip("\"' ")
            return re.sub(r"%(?:-?\w)?", lambda part: table.get(part[0], ":unknown"), form)
        return table.get(name.lower(), ":unknown")

    path = re.sub("/{2,}", "/", "/" + _TOKEN.sub(token, table.get(pattern, pattern).strip()))
    path = re.sub(r"(?<=/)index\.html?$", "", path)
    return path if usable(path) and "{" not in path else None


def usable(pattern: str) -> bool:
    """Tell whether the settings accept a pattern."""
    tokens = re.findall(r":(\w*)", pattern)
    return pattern.startswith("/") and pattern.isprintable() and set(tokens) <= PERMALINK_TOKENS
