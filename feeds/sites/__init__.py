"""The site around a folder of posts: which generator builds it, and what its configuration says."""

from feeds.sites.discovery import discover
from feeds.sites.draft import Found
from feeds.sites.writing import summary, toml

__all__ = ["Found", "discover", "summary", "toml"]
