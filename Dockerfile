# Two targets: `slim`, which is built where none is named, and `full`, which has DuckDB's extensions too. Stages that end up in an
# image only copy, so a build for another platform runs nothing of that platform.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
ARG TARGETARCH
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build
# /image is the root of what the image adds: the bundle, DuckDB for the platform that is built for, and the user of Airbyte and of most
# clusters. The command has a name of its own for whoever starts it in a shell: Kestra, Airflow, people.
RUN npm ci --omit=dev --no-audit --no-fund --os=linux --libc=glibc --cpu="$(echo "${TARGETARCH:-amd64}" | sed 's/amd64/x64/')" \
    && program=/image/airbyte/integration_code \
    && mkdir -p "$program" /image/etc /image/home/airbyte /image/usr/local/bin /image/licenses \
    && find dist -name '*.map' -delete \
    && cp -r package.json node_modules dist "$program/" \
    && cp LICENSE /image/licenses/ \
    && ln -s /airbyte/integration_code/dist/destination-apollo.mjs /image/usr/local/bin/destination-apollo \
    && for file in passwd group; do sed 's/^node:/airbyte:/; s#/home/node:#/home/airbyte:#' "/etc/$file" > "/image/etc/$file"; done \
    && chown -R 1000:1000 /image/airbyte /image/home/airbyte \
    && chmod -R a+rX /image

FROM node:24-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS node

# Node alone of its image: npm, headers and the like are a quarter of that, and nothing here needs them.
FROM debian:bookworm-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251 AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL io.airbyte.name="destination-apollo" \
      io.airbyte.version="${VERSION}" \
      org.opencontainers.image.title="destination-apollo" \
      org.opencontainers.image.description="Warehouse to Apollo.io: rows become contacts and accounts, every row accounted for." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="https://github.com/destination-apollo/destination-apollo" \
      org.opencontainers.image.url="https://github.com/destination-apollo/destination-apollo" \
      org.opencontainers.image.documentation="https://github.com/destination-apollo/destination-apollo/tree/main/docs" \
      org.opencontainers.image.licenses="MIT"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /image/ /

# The uid that Airbyte and most clusters demand. Any other one works as well, and so does a root that is read-only.
USER 1000:1000
WORKDIR /tmp
ENV NODE_ENV=production
# Threads that take memory in turns keep it: with an arena for each of them a limit of 256 MB is reached sooner.
ENV MALLOC_ARENA_MAX=2
# The allocator within DuckDB (jemalloc) keeps what DuckDB has freed for a while, beyond its memory_limit: some 30 MB of 256.
ENV DUCKDB_JE_MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0
# V8 grows until its limit is near, and DuckDB needs its part of what the container has.
ENV NODE_OPTIONS="--max-old-space-size-percentage=30 --max-semi-space-size=4"
# Airbyte evaluates this in a shell on Kubernetes, and its SIGTERM reaches that process: with exec, the program is it.
# People and PyAirbyte use ENTRYPOINT. Both start the same program.
ENV AIRBYTE_ENTRYPOINT="exec node /airbyte/integration_code/dist/destination-apollo.mjs"
ENTRYPOINT ["node", "/airbyte/integration_code/dist/destination-apollo.mjs"]

FROM runtime AS slim

# The extensions of DuckDB, in the folder where it looks for them.
FROM --platform=$BUILDPLATFORM debian:bookworm-slim@sha256:3783cc01769c7b2b1b83a5c5ad96c815348e28ed7da68e2e3687004faa906251 AS extensions
ARG TARGETARCH
WORKDIR /build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-pip
COPY scripts/image/extensions.txt ./
RUN arch="${TARGETARCH:-amd64}" && machine="$(echo "$arch" | sed 's/amd64/x86_64/; s/arm64/aarch64/')" \
    && pip download --require-hashes --no-deps --only-binary=:all: --platform "manylinux2014_$machine" --dest wheels -r extensions.txt \
    && for wheel in wheels/*.whl; do python3 -m zipfile -e "$wheel" unpacked; done \
    && version="$(basename "$(ls -d unpacked/duckdb_extension_httpfs/extensions/v*)")" \
    && mkdir -p "/extensions/$version/linux_$arch" \
    && mv unpacked/*/extensions/"$version"/*.duckdb_extension "/extensions/$version/linux_$arch/" \
    && chmod -R a+rX /extensions

# Needs no network of DuckDB's to read Postgres, object stores and lakes. DuckDB looks for extensions in the home directory, which a uid
# without a name has none of.
FROM runtime AS full
COPY --from=extensions /extensions/ /home/airbyte/.duckdb/extensions/
ENV HOME=/home/airbyte

# Where no target is named.
FROM slim
