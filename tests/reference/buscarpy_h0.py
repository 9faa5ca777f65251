"""Writes buscarpy_h0.json: p-values of the hypergeometric stopping test by buscarpy 0.0.2 (MIT).

Run once, by hand: pip install buscarpy==0.0.2, then python tests/reference/buscarpy_h0.py.
buscarpy takes every suffix of the order; where a suffix is too short to hold what is asked of it,
its p-value is not a number, so the cases are such that this does not happen.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from buscarpy import calculate_h0

CASES = (
    # records, screened, included, target recall, seed
    (200, 120, 10, 0.95, 1),
    (200, 190, 12, 0.95, 2),
    (1_000, 400, 30, 0.8, 3),
    (1_000, 700, 60, 0.95, 4),
    (2_000, 1_500, 25, 0.9, 5),
    (5_000, 4_000, 200, 0.95, 6),
    (5_000, 2_500, 1, 0.5, 7),
)


def main() -> None:
    """Print the cases with their places and p-values."""
    rows = []
    for n_records, n_screened, n_included, target, seed in CASES:
        random = np.random.default_rng(seed)
        places = np.unique((n_screened * random.beta(0.6, 5, n_included)).astype(int))
        labels = np.zeros(n_screened, dtype=int)
        labels[places] = 1
        rows.append(
            {
                "n_records": n_records,
                "n_screened": n_screened,
                "included_places": places.tolist(),
                "target_recall": target,
                "p_value": float(calculate_h0(labels, n_records, target)),
            }
        )
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"cases": rows}, indent=0) + "\n")


if __name__ == "__main__":
    main()
