"""robots.txt (RFC 9309) with the way to the sitemap."""

from __future__ import annotations


def render(sitemaps: tuple[str, ...]) -> bytes:
    """Render a robots.txt that closes nothing: naming a private path would advertise it."""
    lines = ["User-agent: *", "Disallow:", "", *(f"Sitemap: {url}" for url in sitemaps)]
    return ("\n".join(lines).rstrip() + "\n").encode()
