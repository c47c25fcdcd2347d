# One image for every role; docker-compose.yml says which one a container runs. docs/operations.md.
FROM python:3.11-slim AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ONLY_BINARY=:all:
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements/core.txt requirements/build.txt requirements/
RUN /opt/venv/bin/pip install --require-hashes -r requirements/core.txt -r requirements/build.txt
COPY . .
# Editable: the program's binary is found beside the sources, as in a checkout.
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q /app

FROM python:3.11-slim

# Named volumes take their owner and mode from these folders: keys and sockets are one user's alone.
RUN groupadd --system --gid 10001 pumpbox \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home pumpbox \
    && install -d -o pumpbox -g pumpbox -m 0700 /data /data/files /data/signer /run/pumpbox
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PUMPBOX_DATA=/data \
    PUMPBOX_RUN=/run/pumpbox \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["pumpbox", "health"]
ENTRYPOINT ["pumpbox"]
CMD ["run"]
