"""Django's syndication feed, cached as its documentation says: ready bytes, compressed once."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.wsgi import get_wsgi_application
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    SECRET_KEY="only measured",
    INSTALLED_APPS=[],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    CACHE_MIDDLEWARE_SECONDS=900,
    MIDDLEWARE=[
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ],
)
FEED = json.loads(Path(os.environ["PEER_POSTS"]).read_bytes())


class Posts(Feed):  # type: ignore[type-arg]
    title, link, description = FEED["title"], FEED["home_page_url"], "Posts"

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = FEED["items"]
        return found

    def item_title(self, item: dict[str, Any]) -> str:
        return str(item["title"])

    def item_description(self, item: dict[str, Any]) -> str:
        return str(item["content_html"])

    def item_link(self, item: dict[str, Any]) -> str:
        return str(item["url"])

    def item_pubdate(self, item: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(item["date_published"])


Posts.get_object = lambda self, request: None
urlpatterns = [path("feed.xml", Posts())]
application = get_wsgi_application()
