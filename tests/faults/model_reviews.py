"""Rows of the table for a language model's server that fails while a whole review runs."""

from __future__ import annotations

from pathlib import Path

from tests.evidence.llm.faults import FAULTS
from tests.faults.model_server import Plan, after, always, healthy_run, mixed, whole_run
from tests.faults.table import Row, row

MIXED = "another with each call"
MODEL_FAULTS = (*FAULTS, MIXED)
_N_SEEDS = 4


def model_row(fault: str, scratch: Path) -> Row:
    """A fault from the first call on, and after a third and two thirds of a review's calls."""
    healthy = healthy_run(scratch / "healthy")
    third = healthy.n_calls // 3
    plans: list[Plan] = [always(fault), after(third, fault), after(2 * third, fault)]
    if fault == MIXED:
        plans = [mixed(seed) for seed in range(_N_SEEDS)]
    found = []
    for n, plan in enumerate(plans):
        run = whole_run(fault, plan, healthy, scratch / str(n))
        wrong = list(run.wrong)
        if run.n_invented:
            wrong.append(f"{run.n_invented} verdicts that no answer gave")
        told = "told in the log" if run.n_faulty else "no call met it"  # silence is in `wrong`
        found.append((told, wrong))
    return row(f"model's server: {fault}", found)
