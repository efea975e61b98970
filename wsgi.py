"""For gunicorn and other WSGI servers: `gunicorn wsgi:app`."""

from feeds.web.app import create_app

app = create_app()
