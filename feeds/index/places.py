"""Where an address leads, however an old feed wrote it: one form for all that mean the same."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

_TRACKING = re.compile(r"&?\butm_[^&=]*=[^&]*")
_PAGE = re.compile(r"(?:/index)?\.html?$|/index$")


def place(url: str) -> str:
    """Return the form by which an address in an old feed finds a post of this site.

    Scheme and host are left off, as sites move; so are a final slash, `index.html`, `.html`
    and `utm_` parameters. Percent-encoding and Unicode's forms do not matter; case does. What
    a page is told by beside its path (`?p=12`, `#v2`) stays, and is no post's address here.
    """
    parts = urlsplit(url)
    path = unicodedata.normalize("NFC", unquote(parts.path))
    path = _PAGE.sub("", re.sub(r"/{2,}", "/", path).rstrip("/")).strip("/")
    query = _TRACKING.sub("", parts.query).lstrip("&")
    return f"/{path}" + (query and f"?{query}") + (parts.fragment and f"#{parts.fragment}")
