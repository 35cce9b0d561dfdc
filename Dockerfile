# Two stages: the first has what building needs, the second only what serving needs.
FROM debian:trixie-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv gettext \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /portal
COPY requirements.txt ./
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN .venv/bin/django-admin compilemessages --ignore .venv --verbosity 0

FROM debian:trixie-slim
# WeasyPrint's libraries, a font for scripts we do not ship, ffmpeg for sound and video, pg_dump for backups.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 ca-certificates libpango-1.0-0 libpangoft2-1.0-0 \
    libharfbuzz-subset0 fonts-noto-core ffmpeg postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin portal \
 && install -d -o 10001 -g 10001 -m 700 /data /backups
COPY --from=build /portal /portal
WORKDIR /portal
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000 TRIAL=0 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME ["/data", "/backups"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["bin/alive"]
CMD ["bin/run"]
