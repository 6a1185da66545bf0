FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-bookworm-slim
ARG VERSION=0.1.0
LABEL io.airbyte.name="destination-apollo" \
      io.airbyte.version="${VERSION}" \
      org.opencontainers.image.title="destination-apollo" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="MIT"

# Everything but DuckDB's native library is in the bundle.
COPY --from=build /build/node_modules/@duckdb/ /airbyte/integration_code/node_modules/@duckdb/
COPY --from=build /build/node_modules/detect-libc/ /airbyte/integration_code/node_modules/detect-libc/
COPY --from=build /build/dist/destination-apollo.mjs /airbyte/integration_code/dist/destination-apollo.mjs
COPY package.json /airbyte/integration_code/package.json

# The uid that Airbyte and most clusters demand; the base image calls it `node`.
USER 1000:1000
WORKDIR /tmp
ENV NODE_ENV=production
# Airbyte evaluates this in a shell on Kubernetes; people and PyAirbyte use ENTRYPOINT. Both start the same program.
ENV AIRBYTE_ENTRYPOINT="node /airbyte/integration_code/dist/destination-apollo.mjs"
ENTRYPOINT ["node", "/airbyte/integration_code/dist/destination-apollo.mjs"]
