FROM python:3.11-slim-bookworm

# Chromium prints the report as PDF.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends chromium \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home evidence

WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir -r requirements.lock
COPY app.py ./
COPY prompts prompts
COPY indexers indexers
COPY retrievers retrievers
COPY evidence evidence
COPY eval eval
COPY data data
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && install -d -o evidence /stores /home/evidence/.cache

USER evidence
ENV PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=2
CMD ["evidence", "--help"]
