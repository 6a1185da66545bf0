FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# Node alone of its image: npm, headers and the like are a quarter of that, and nothing here needs them.
FROM debian:bookworm-slim
ARG VERSION=0.1.0
LABEL io.airbyte.name="destination-apollo" \
      io.airbyte.version="${VERSION}" \
      org.opencontainers.image.title="destination-apollo" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT"

COPY --from=build /usr/local/bin/node /usr/local/bin/node
RUN groupadd --gid 1000 airbyte && useradd --uid 1000 --gid airbyte --create-home airbyte

# Everything but DuckDB's native library is in the bundle.
COPY --from=build /build/node_modules/@duckdb/ /airbyte/integration_code/node_modules/@duckdb/
COPY --from=build /build/node_modules/detect-libc/ /airbyte/integration_code/node_modules/detect-libc/
COPY --from=build /build/dist/destination-apollo.mjs /airbyte/integration_code/dist/destination-apollo.mjs
COPY package.json /airbyte/integration_code/package.json
# Under its own name for whoever starts it in a shell: Kestra, Airflow, people.
RUN ln -s /airbyte/integration_code/dist/destination-apollo.mjs /usr/local/bin/destination-apollo \
    && chmod 755 /airbyte/integration_code/dist/destination-apollo.mjs \
    && chown -R 1000:1000 /airbyte

# The uid that Airbyte and most clusters demand.
USER 1000:1000
WORKDIR /tmp
ENV NODE_ENV=production
# Threads that take memory in turns keep it: with an arena for each of them a limit of 256 MB is reached sooner.
ENV MALLOC_ARENA_MAX=2
# V8 grows until its limit is near, and DuckDB needs its part of what the container has.
ENV NODE_OPTIONS="--max-old-space-size-percentage=30 --max-semi-space-size=8"
# Airbyte evaluates this in a shell on Kubernetes, and its SIGTERM reaches that process: with exec, the program is it.
# People and PyAirbyte use ENTRYPOINT. Both start the same program.
ENV AIRBYTE_ENTRYPOINT="exec node /airbyte/integration_code/dist/destination-apollo.mjs"
ENTRYPOINT ["node", "/airbyte/integration_code/dist/destination-apollo.mjs"]
