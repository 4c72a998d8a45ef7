# The image of every process of the hub: serve, dispatch, worker, housekeep, and the commands to look after it.
# At run time it writes in /var/lib/hub only (the key file goes in /var/lib/hub-keys), so run it with a read-only root. Made by `docker compose build`.

# The same in both stages, so that the environment made in the first works in the second. Pin the digest where you release.
ARG PYTHON=python:3.11.13-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/hub
WORKDIR /src

# What the hub needs, to the byte as it is locked; wheels only, so that nothing is compiled here.
COPY requirements/base.txt requirements/
RUN /opt/hub/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/base.txt

# What builds the hub itself, from the lock too, in an environment that stays behind in this stage.
COPY requirements/dev.txt requirements/
RUN python -m venv /opt/build \
    && sed -n '/^setuptools==/,/[^\\]$/p' requirements/dev.txt > requirements/build.txt \
    && /opt/build/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY hub hub
RUN /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /src/dist . \
    && /opt/hub/bin/pip install --quiet --no-deps --no-index dist/*.whl \
    && /opt/hub/bin/pip uninstall --quiet --yes pip setuptools \
    && /opt/hub/bin/python -m compileall -q /opt/hub/lib

FROM ${PYTHON}
LABEL org.opencontainers.image.title="ketenhub" \
      org.opencontainers.image.licenses="EUPL-1.2"

# A fixed number, so that volumes and network policies can name it.
RUN groupadd --system --gid 10001 hub \
    && useradd --system --uid 10001 --gid hub --home-dir /var/lib/hub --no-create-home --shell /usr/sbin/nologin hub \
    && install -d -o hub -g hub -m 0700 /var/lib/hub /var/lib/hub-keys /etc/hub
COPY --from=build /opt/hub /opt/hub
COPY LICENSE /opt/hub/

ENV PATH=/opt/hub/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HUB_HUB__DATA_DIR=/var/lib/hub
USER 10001:10001
WORKDIR /var/lib/hub
EXPOSE 8080

# Of `hub serve` (and `hub run`). The other processes do not listen: switch it off for them, as docker-compose.yml does.
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/_healthz/readyz/', timeout=5)"]

ENTRYPOINT ["hub"]
CMD ["serve"]
