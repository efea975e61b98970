"""Feeds in front of Django: what is a document is answered, all else is Django's.

    $ python examples/django_site.py
    $ curl -i http://127.0.0.1:8000/feed.xml

In a project of yours only the lines about `feeds` go into its `wsgi.py`.
"""

import os
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from feeds import Feeds

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="an example")


def article(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(f"<h1>Article {slug}</h1>")


urlpatterns = [path("articles/<slug>/", article)]

feeds = Feeds()
application = feeds.wsgi(get_wsgi_application())


class Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread; gunicorn does it better."""

    daemon_threads = True


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    make_server("127.0.0.1", port, application, server_class=Server).serve_forever()
