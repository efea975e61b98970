# Written to be read; docs/deploying.md says how to use it.
FROM python:3.13-slim-trixie AS build
WORKDIR /build
RUN python -m venv /opt/feeds
# The pinned dependencies first: they change less often than the code.
COPY requirements/serve.txt requirements/
RUN /opt/feeds/bin/pip install --no-cache-dir --requirement requirements/serve.txt
COPY pyproject.toml README.md ./
COPY feeds feeds
RUN /opt/feeds/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim-trixie
COPY --from=build /opt/feeds /opt/feeds
# A volume takes the owner of the folder that it is first mounted on.
RUN useradd --system --uid 10001 feeds && install --directory --owner feeds /var/lib/feeds
ENV PATH=/opt/feeds/bin:$PATH PYTHONUNBUFFERED=1 FEEDS_STATE__PATH=/var/lib/feeds
USER 10001
# The site: feeds.toml and the posts, mounted read-only.
WORKDIR /site
VOLUME /var/lib/feeds
EXPOSE 8000
STOPSIGNAL SIGTERM
# 503 until something is published, which the start period allows for; urlopen raises, exit code 1.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["feeds"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
