"""What code imports of `feeds`; each name is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feeds.errors import FeedsError, PublisherRunning, SettingsError
    from feeds.sources.protocol import Source
    from feeds.sources.writing import post
    from feeds.web.extension import Feeds

__all__ = ["Feeds", "FeedsError", "PublisherRunning", "SettingsError", "Source", "post"]

_HOMES = {
    "Feeds": "feeds.web.extension",
    "FeedsError": "feeds.errors",
    "PublisherRunning": "feeds.errors",
    "SettingsError": "feeds.errors",
    "Source": "feeds.sources.protocol",
    "post": "feeds.sources.writing",
}


def __getattr__(name: str) -> Any:
    """Load a name (PEP 562): `feeds --help` waits for none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
