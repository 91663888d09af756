# The server, with the Chroma server of the same version: compose.yaml runs both from this image.
FROM python:3.11.13-slim-bookworm AS build
# a build of torch for CPUs, which is enough; the default of PyPI brings CUDA
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /src
COPY . .
RUN python -m venv /opt/billp \
    && /opt/billp/bin/pip install --no-cache-dir --constraint constraints.txt \
        --extra-index-url "$TORCH_INDEX" '.[postgres,serve]'

FROM python:3.11.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data billp \
    && install --directory --owner billp --group billp --mode 0700 /data
COPY --from=build /opt/billp /opt/billp
COPY langgraph.json /app/langgraph.json
ENV PATH=/opt/billp/bin:$PATH \
    BILLP_HOME=/data \
    HF_HUB_OFFLINE=1 \
    LANGGRAPH_CLI_NO_ANALYTICS=1 \
    LANGGRAPH_NO_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 2024
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:2024/ok', timeout=4)"]
CMD ["langgraph", "dev", "--config", "/app/langgraph.json", "--host", "0.0.0.0", "--port", "2024", \
     "--no-browser", "--no-reload", "--n-jobs-per-worker", "20"]
