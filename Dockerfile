# One image for every part: web, worker, control, beat. What it installs is what `make install` installs anywhere.
FROM python:3.11.14-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home fusionweb \
    && install -d -o fusionweb /data

WORKDIR /srv/fusionweb
COPY Makefile .npmrc package.json package-lock.json ./
COPY bin bin
COPY requirements requirements
RUN make install

COPY . .
USER fusionweb
ENV PATH=/srv/fusionweb/.venv/bin:$PATH FUSIONWEB_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "fusionweb.web_server", "-b", "0.0.0.0", "-p", "8000", "--websocket_connect_timeout", "30", "fusionweb.asgi:application"]
