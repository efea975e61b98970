"""A plain page that lists the feeds, for people and for autodiscovery."""

from __future__ import annotations

import jinja2

from feeds.model import Link

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("feeds", "formats"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def render(
    title: str, description: str, language: str, home_url: str, feeds: tuple[Link, ...],
    others: tuple[Link, ...],
) -> bytes:  # fmt: skip
    """Render the page.

    Args:
        feeds: What one can subscribe to.
        others: Documents for machines alone: sitemap, OPML.
    """
    template = _ENVIRONMENT.get_template("index.html")
    page = template.render(
        title=title,
        description=description,
        language=language,
        home_url=home_url,
        feeds=feeds,
        others=others,
    )
    return page.encode() + b"\n"
