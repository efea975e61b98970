"""Feeds beside FastAPI: a WSGI app, mounted below the routes of the app itself.

$ pip install fastapi uvicorn a2wsgi
$ python examples/fastapi_app.py
$ curl -i http://127.0.0.1:8000/feed.xml
"""

import os

import uvicorn
from a2wsgi import WSGIMiddleware
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from feeds import Feeds

feeds = Feeds()
app = FastAPI()


@app.get("/articles/{slug}/")
def article(slug: str) -> HTMLResponse:
    return HTMLResponse(f"<head>{feeds.feed_links()}</head><h1>Article {slug}</h1>")


app.mount("/", WSGIMiddleware(feeds.wsgi()))  # last: what no route of the app answers

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
