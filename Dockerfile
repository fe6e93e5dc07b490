# One image for the API, the workers and the scheduler: RUN_API, RUN_WORKERS and RUN_SCHEDULER say what a container plays.
# Migrations: docker run --rm -e DATABASE_URL=... rowhouse node dist/scripts/migrate.js

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
RUN mkdir var && chown node:node var
COPY package.json ./
COPY assets ./assets
COPY prisma/migrations ./prisma/migrations
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/scripts/lib ./dist/scripts/lib
COPY --from=build /app/dist/scripts/serve.js /app/dist/scripts/migrate.js /app/dist/scripts/run-job.js /app/dist/scripts/health-check.js ./dist/scripts/
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "dist/scripts/health-check.js"]
CMD ["node", "--enable-source-maps", "--max-semi-space-size=64", "dist/scripts/serve.js"]
