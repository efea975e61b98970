"""One leaf per format: a value of the model in, bytes out. No clock, no settings, no SQL."""

MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
    "sitemap": "application/xml; charset=utf-8",
    "robots": "text/plain; charset=utf-8",
    "opml": "text/x-opml; charset=utf-8",
    "index": "text/html; charset=utf-8",
}
"""Format → Content-Type, exactly as it is sent."""

TITLES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
"""The formats that readers subscribe to, as people call them."""
