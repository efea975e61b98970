"""A body as its site's generator reads it → Markdown with HTML that every renderer reads alike.

`translate` makes one pass over the text (`reader`). At each sign that may begin something foreign
it is decided: code and whatever else must stay is stepped over (`verbatim`), a mark is replaced
(`marks`), a shortcode or a component is looked up by its name (`templates`, `components`,
`shortcodes`), a pair of tags is replaced when its end is found (`scanner`). What looks foreign but
is not stays as it is.
"""

from __future__ import annotations

from feeds.sources.syntax.reader import MORE_MARK, Translated, translate
from feeds.sources.syntax.snippets import NAME_LINK

__all__ = ["MORE_MARK", "NAME_LINK", "Translated", "translate"]
