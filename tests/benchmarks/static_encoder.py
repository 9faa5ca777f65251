"""Documents per second of both shipped encoders on real records, and their ratio, as JSON.

    python tests/benchmarks/static_encoder.py data/corpus/records.jsonl.gz

Each encoder first encodes a few texts to be loaded. MiniLM is timed on a sample, evenly spread;
the static encoder on all records, once with none of their words met before (as when an index is
built) and once again. On a busy machine the rates per second of work are the ones to compare.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Sequence
from pathlib import Path

from indexers.encoder import Encoder
from indexers.encoders import named_encoder
from indexers.records import Record
from indexers.vectors import embedded_text


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("records", type=Path, nargs="+", help="records, one JSON object a line")
    parser.add_argument("--sample", type=int, default=256, help="texts that MiniLM encodes")
    parser.add_argument("--repeat", type=int, default=3, help="timings; the best of each counts")
    options = parser.parse_args()
    texts = [text for path in options.records for text in _texts(path)]
    sample = texts[:: max(len(texts) // options.sample, 1)][: options.sample]
    minilm = named_encoder("minilm")
    minilm.encode(texts[:8])
    named_encoder("static").encode(texts[:8])
    slow, first, again = [], [], []
    for _ in range(options.repeat):
        slow.append(_rates(minilm, sample))
        static = named_encoder("static")
        static.encode([""])
        first.append(_rates(static, texts))
        again.append(_rates(static, texts))
    found: dict[str, float] = {
        "n_texts": len(texts),
        "mean_characters": round(sum(map(len, texts)) / len(texts)),
        "minilm_texts": len(sample),
    }
    for clock, unit in enumerate(("second", "cpu_second")):
        best = max(r[clock] for r in slow)
        found[f"minilm_per_{unit}"] = round(best, 1)
        for name, rates in (("first", first), ("again", again)):
            rate = max(r[clock] for r in rates)
            found[f"static_{name}_per_{unit}"] = round(rate)
            found[f"ratio_{name}_per_{unit}"] = round(rate / best)
    print(json.dumps(found, indent=1))


def _texts(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [embedded_text(Record.model_validate_json(line)) for line in lines]


def _rates(encoder: Encoder, texts: Sequence[str]) -> tuple[float, float]:
    """Texts per second of the clock, and per second of all cores' work."""
    clock, work = time.perf_counter(), time.process_time()
    encoder.encode(texts)
    return len(texts) / (time.perf_counter() - clock), len(texts) / (time.process_time() - work)


if __name__ == "__main__":
    main()
