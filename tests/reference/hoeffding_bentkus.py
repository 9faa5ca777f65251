"""Writes hoeffding_bentkus.json: p-values and certified counts by MAPIE 1.6.0 (BSD-3-Clause).

Run once, by hand: pip install mapie==1.6.0, then python tests/reference/hoeffding_bentkus.py.
MAPIE does not cap its p-values at 1; ours are min(p, 1). Its fixed sequence is given the counts
from the largest to the smallest.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from mapie.risk_control.fwer_control import FWERBonferroniCorrection, FWERFixedSequenceTesting
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value


def p_value(mean_loss: float, n: int, alpha: float) -> float:
    found = compute_hoeffding_bentkus_p_value(np.array([mean_loss]), n, alpha)
    return float(found[0, 0])


def main() -> None:
    random = np.random.default_rng(7)
    cases = [(m, n, a) for m in (0.0, 0.1, 0.5, 1.0) for n in (1, 10, 997) for a in (0.1, 0.5)]
    cases += [
        (float(random.beta(1, 6)), int(random.integers(1, 3000)), float(random.uniform(0.01, 0.6)))
        for _ in range(200)
    ]
    p_values = [[*case, p_value(*case)] for case in cases]
    certified = []
    for seed in range(30):
        losses = np.random.default_rng(seed).beta(1, [12, 9, 7, 5, 3], (150, 5)).round(3)
        found = compute_hoeffding_bentkus_p_value(losses.mean(axis=0), 150, 0.18)[:, 0]
        certified.append(
            {
                "seed": seed,
                "fixed_sequence": FWERFixedSequenceTesting().run(found, 0.1).tolist(),
                "bonferroni": FWERBonferroniCorrection().run(found, 0.1).tolist(),
            }
        )
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"p_values": p_values, "certified": certified}, indent=0) + "\n")


if __name__ == "__main__":
    main()
