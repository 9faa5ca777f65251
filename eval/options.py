"""What the benchmark is told on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from evidence.errors import SettingsError

TASKS = (
    *("search", "duplicates", "screening", "pico", "extraction", "synthesis", "certainty"),
    *("contexts", "grounding", "all"),
)


PEERS = {"asreview": "screening", "bib-dedupe": "duplicates", "paperqa": "search"}
"""Programs of others that run in environments of their own, and the task of each."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, not argparse's usage text before it."""
        raise SettingsError(message)


def read_options(arguments: Sequence[str] | None, description: str) -> argparse.Namespace:
    """The options of a run.

    Raises:
        SettingsError: One of them is unknown, or its value is.
    """
    parser = _Parser(prog="python -m eval.trialreview", description=description, allow_abbrev=False)
    parser.add_argument("task", nargs="?", default="all", metavar="TASK", help=" ".join(TASKS))
    parser.add_argument(
        "--data", type=Path, help="a file or folder of the task's data; by default what ships"
    )
    parser.add_argument("--out", type=Path, default=Path("out"), help="where results are written")
    parser.add_argument("--engine", choices=("offline", "llm"), default="offline")
    parser.add_argument("--settings", type=Path, help="TOML whose engine is the language model")
    parser.add_argument("--seed", type=_at_least(0), default=0)
    parser.add_argument(
        "--encoder", choices=("minilm", "static"), help="minilm; static for screening"
    )
    parser.add_argument(
        "--compare", type=Path, metavar="OLD", help="scores.json of an earlier run to hold against"
    )
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors between runs")
    screening = parser.add_argument_group("screening")
    screening.add_argument("--seeds", type=_at_least(1), default=3, help="runs of a random engine")
    screening.add_argument(
        "--samples", type=_at_least(1), default=20, help="of certified stopping, a review"
    )
    peers = parser.add_argument_group("peers")
    peers.add_argument(
        "--peer", action="append", choices=PEERS, help="fail when it is not installed; may repeat"
    )
    for name, task in PEERS.items():
        told = f"where {name} is installed, for {task}"
        peers.add_argument(f"--{name}", type=Path, metavar="VENV", help=told)
    peers.add_argument("--no-peers", action="store_true", help="leave all of them out")
    parser.add_argument("--last", type=_at_least(1), help="pico: score the last abstracts alone")
    contexts = parser.add_argument_group("contexts")
    contexts.add_argument("--alpha", type=_level, default=0.2, help="highest share of gold missed")
    contexts.add_argument("--delta", type=_level, default=0.1, help="how often it may be missed")
    contexts.add_argument("--resplits", type=_at_least(1), default=1000)
    contexts.add_argument("--calibration-share", type=_level, default=0.5)
    options = parser.parse_args(arguments)
    if options.encoder is None and options.task != "all":
        options.encoder = default_encoder(options.task)
    if options.task not in TASKS:
        raise SettingsError(f"task {options.task!r}: expected one of {', '.join(TASKS)}")
    if options.settings is not None and options.engine != "llm":
        raise SettingsError(f"--settings {options.settings}: is read with --engine llm only")
    asked = [f"--peer {name}" for name in options.peer or ()]
    asked += [f"--{name}" for name in PEERS if venv_of(options, name) is not None]
    if options.no_peers and asked:
        raise SettingsError(f"--no-peers: leave it out, or leave out {' and '.join(asked)}")
    options.calls = options.out / "calls"
    return options


def venv_of(options: argparse.Namespace, peer: str) -> Path | None:
    """The environment that was named for a peer."""
    venv: Path | None = getattr(options, peer.replace("-", "_"))
    return venv


def default_encoder(task: str) -> str:
    """The encoder of a task where none is named."""
    # A learner gains next to nothing from the slow encoder: see docs/SCREENING.md.
    return "static" if task == "screening" else "minilm"


def _level(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, not {text!r}")
    return value


def _at_least(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not text.lstrip("-").isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number of at least {least}, not {text!r}"
            )
        return int(text)

    return whole_number
