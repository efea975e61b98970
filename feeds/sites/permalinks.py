"""Each generator's permalink patterns in our tokens; None where one has no counterpart."""

from __future__ import annotations

import re
from collections.abc import Mapping

TOKENS = frozenset(
    "year short_year month i_month month_name day i_day hour minute second yday title slug "
    "slug_or_title filename name section path category categories lang id abbrlink".split()
)

_TOKEN = re.compile(r":([a-zA-Z0-9]+(?:_[a-zA-Z0-9]+)*(?:\[[^\]/]*\])?)")
_SAME = {name: f":{name}" for name in TOKENS}

HUGO = {
    **{name: _SAME[name] for name in ("year", "month", "day", "section", "title")},
    "yearday": ":yday",
    "sections": ":path",
    "slug": ":slug_or_title",
    "filename": ":name",
    "contentbasename": ":name",
    "slugorfilename": ":slug",
    "slugorcontentbasename": ":slug",
}
"""https://gohugo.io/configuration/permalinks/"""

JEKYLL = {
    **{name: _SAME[name] for name in TOKENS & {"year", "short_year", "month", "i_month", "day"}},
    **{name: _SAME[name] for name in ("i_day", "hour", "minute", "second", "categories", "path")},
    "short_month": ":month_name",
    "y_day": ":yday",
    "title": ":slug",
    "slug": ":slug",
    "slugified_categories": ":categories",
    "name": ":name",
    "basename": ":name",
    "output_ext": ".html",
}
"""https://jekyllrb.com/docs/permalinks/"""

JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}

HEXO = {
    **{name: _SAME[name] for name in ("year", "month", "i_month", "day", "i_day", "hour")},
    **{name: _SAME[name] for name in ("minute", "second", "id", "lang", "abbrlink")},
    "category": ":categories",
    "post_title": ":title",
    "title": ":path/:name",
    "name": ":name",
}
"""https://hexo.io/docs/permalinks; `:title` is the file below `_posts`, folders and all."""

PELICAN = {"slug": ":slug_or_title", "category": ":category", "lang": ":lang"}

_STRFTIME = {
    "Y": ":year", "y": ":short_year", "m": ":month", "-m": ":i_month", "b": ":month_name",
    "d": ":day", "-d": ":i_day", "H": ":hour", "M": ":minute", "S": ":second", "j": ":yday",
}  # fmt: skip

_LIQUID = (
    (r"(?:page\.)?fileSlug(?: *\| *(?:slug|slugify))?", ":filename"),
    (r"page\.filePathStem", "/:path/:filename"),
    (r"(?:data\.)?slug(?: *\| *\w+)?", ":slug"),
    (r"title *\| *(?:slug|slugify|url_slug)", ":title"),
)


def usable(pattern: str) -> bool:
    """Tell whether the settings accept a pattern."""
    tokens = re.findall(r":(\w*)", pattern)
    return pattern.startswith("/") and pattern.isprintable() and set(tokens) <= TOKENS


def colon(pattern: object, table: Mapping[str, str]) -> str | None:
    """Translate a pattern whose tokens look like `:year`."""
    if not isinstance(pattern, str) or not pattern.strip():
        return None
    names = [name.lower() for name in _TOKEN.findall(pattern)]
    if not all(name in table for name in names):
        return None
    return _path(_TOKEN.sub(lambda found: table[found[1].lower()], pattern.strip()))


def braces(pattern: object, table: Mapping[str, str] = PELICAN) -> str | None:
    """Translate a pattern whose tokens look like `{slug}` and `{date:%Y}` (Pelican)."""
    if not isinstance(pattern, str) or not pattern.strip():
        return None

    def token(found: re.Match[str]) -> str:
        name, _, form = found[1].partition(":")
        return _strftime(form) if name == "date" and form else table.get(name, ":unknown")

    return _path(re.sub(r"\{([^{}]*)\}", token, pattern.strip()))


def liquid(pattern: object) -> str | None:
    """Translate a permalink of Eleventy's directory files: `/blog/{{ page.fileSlug }}/`."""
    if not isinstance(pattern, str) or not pattern.strip():
        return None

    def token(found: re.Match[str]) -> str:
        inner = found[1].strip().strip("-").strip()
        if form := re.fullmatch(r"(?:page\.)?date *\| *date: *['\"]([^'\"]*)['\"]", inner):
            return _strftime(form[1])
        return next((ours for like, ours in _LIQUID if re.fullmatch(like, inner)), ":unknown")

    return _path(re.sub(r"\{\{([^{}]*)\}\}", token, pattern.strip()))


def _strftime(form: str) -> str:
    return re.sub(r"%(-?[a-zA-Z])", lambda found: _STRFTIME.get(found[1], ":unknown"), form)


def _path(pattern: str) -> str | None:
    """Return a pattern as the settings write it, None where they could not."""
    path = re.sub(r"(?<=/)index\.html?$", "", re.sub("/{2,}", "/", f"/{pattern}"))
    return path if usable(path) and "{" not in path else None
