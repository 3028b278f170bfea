# Auditor as a container: docs/how-to/container.md. Base images carry no registry: `--build-arg BASE=registry.example.org/...`.
# .ci/image does what stands here in a plain Debian folder, without a container engine.
ARG BASE=debian:bookworm-slim

# ---------------------------------------------------------------------------------- what is installed
FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE deploy/runtime_lock.py ./
# everything that is locked, by its hash: the build backend is part of it, and what tells which packages the service needs
RUN python3 -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY auditor auditor
COPY workers workers
COPY rules rules
COPY reports reports
RUN /build/bin/python -m hatchling build -t wheel -d /dist
# those of the locked packages that the service needs, by the same hashes, and the wheel
RUN /build/bin/python runtime_lock.py pyproject.toml requirements.lock > /dist/runtime.lock \
    && python3 -m venv --without-pip /opt/auditor \
    && /build/bin/pip --python /opt/auditor/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r /dist/runtime.lock \
    && /build/bin/pip --python /opt/auditor/bin/python install --no-cache-dir --no-deps --no-index /dist/auditor-*.whl \
    && /opt/auditor/bin/python -m compileall -q /opt/auditor/lib

# ---------------------------------------------------------------------------------- what runs
FROM ${BASE}
# for PDF: Pango, HarfBuzz and a font; their cache is made now, for the root file system will be read-only
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 fontconfig fonts-dejavu-core \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && fc-cache -f \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/auditor --shell /usr/sbin/nologin auditor \
    && install -d -o auditor -g auditor -m 0700 /var/lib/auditor
COPY --from=build /opt/auditor /opt/auditor
ENV PATH=/opt/auditor/bin:/usr/local/bin:/usr/bin:/bin \
    AUDITOR_STATE=/var/lib/auditor \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
# no HEALTHCHECK: the same image is workers and scheduler too; compose.yaml and the chart ask the API's /health
ENTRYPOINT ["auditor"]
CMD ["serve", "--host", "0.0.0.0", "--log", "json"]
