# TinyBase as an image: the program, the C libraries that it needs, and nothing else.
#
#   docker build -t tinybase .
#   docker run -d -p 8000:8000 -v tinybase:/data --stop-timeout 15 tinybase
#
# While it is built it asks only the registry of npm. docs/guide/running.md says how to run it.

# On the machine that builds, whatever the image is for: Bun compiles for both architectures.
FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY scripts/with-bun.mjs scripts/
RUN node scripts/with-bun.mjs --version
COPY . .
# amd64 or arm64; Docker sets it.
ARG TARGETARCH
RUN node scripts/with-bun.mjs scripts/docker-build.ts "$TARGETARCH" /tinybase

# On the architecture of the image, whose C libraries are taken.
FROM debian:bookworm-slim AS root
COPY --from=build /tinybase /tinybase
COPY LICENSE scripts/docker-root.sh /
RUN sh /docker-root.sh /tinybase /LICENSE /image

FROM scratch
LABEL org.opencontainers.image.title="TinyBase" \
      org.opencontainers.image.description="A complete backend in one file" \
      org.opencontainers.image.licenses="MIT"
COPY --from=root /image/ /
COPY --from=root --chown=65532:65532 /image/data/ /data/
USER 65532:65532
ENV HOME=/data
WORKDIR /data
VOLUME /data
EXPOSE 8000
# What runs has 10 seconds to end: give it 15 with --stop-timeout.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/tinybase", "health"]
ENTRYPOINT ["/tinybase"]
CMD ["serve"]
