# Builds the service from the contract and the sources. Only what is copied below gets into the image.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY api api
COPY generated generated
COPY scripts scripts
COPY clients/typescript/src clients/typescript/src
COPY pages pages
COPY src src
RUN npm run generate && npm run build

# The packages the service needs to run, with better-sqlite3's binary for the same Debian.
FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# The folder for the SQLite file, which the service may write; everything else belongs to root.
RUN mkdir /data && chown node:node /data
COPY package.json ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY api api
COPY schema schema
COPY config config
USER node
VOLUME /data
EXPOSE 8080
# Liveness: whether the process responds. /health, which needs the database too, is for the orchestrator.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell, so that SIGTERM reaches the service, which then drains.
ENTRYPOINT ["node", "dist/src/main.js"]
