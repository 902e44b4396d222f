# The image of Sovereign. Build it from the repository: docker build -t sovereign:local .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# Two environments, so that neither pip nor a build tool reaches the image that runs.
RUN python -m venv tools && python -m venv --without-pip /opt/sovereign
COPY locks/build.txt locks/all.txt locks/
RUN tools/bin/pip install --require-hashes --only-binary=:all: -r locks/build.txt
RUN tools/bin/pip --python /opt/sovereign/bin/python install --require-hashes --only-binary=:all: -r locks/all.txt
COPY README.md pyproject.toml ./
COPY sovereign sovereign
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels .
RUN tools/bin/pip --python /opt/sovereign/bin/python install --no-deps --no-index wheels/*.whl

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Sovereign" \
      org.opencontainers.image.description="A Discord-native DevOps control plane" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The numbers are fixed, so that the owner of a mounted folder can be named before the image is there.
# A new named volume takes over the owner and mode of /data.
RUN groupadd --gid 10001 sovereign \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin sovereign \
 && install -d -o 10001 -g 10001 -m 0750 /data \
 && install -d -o root -g 10001 -m 0750 /etc/sovereign
COPY --from=build /opt/sovereign /opt/sovereign
# 0.0.0.0 is the container's own address: what reaches it is decided where the port is published.
ENV PATH=/opt/sovereign/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SOVEREIGN_CONFIG=/etc/sovereign/discovery.yml \
    SOVEREIGN_DATA=/data \
    SOVEREIGN_HOST=0.0.0.0 \
    SOVEREIGN_PORT=8080
WORKDIR /data
VOLUME /data
EXPOSE 8080
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['SOVEREIGN_PORT']), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["sovereign"]
CMD ["run"]
