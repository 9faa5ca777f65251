"""What the app has at hand before a person asks for it."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import get_args

from evidence.errors import EvidenceError
from evidence.judgements import Phase
from evidence.screening.kept_features import READERS
from evidence.screening.order_ahead import AT_ONCE
from evidence.ui.opened import open_project, orders_of, review_state, worklist
from evidence.ui.taking_turns import TURNS, import_alone

ENCODER_PACKAGES = (
    "pandas",
    "sklearn.metrics",
    "torch",
    "transformers.modeling_utils",
    "sentence_transformers",
)
"""What the encoder imports: in all four seconds, in steps of a second at most."""

_loading: list[Thread] = []
_lock = Lock()


def open_ahead(folder: Path) -> None:
    """Have what the first page takes at hand before a browser asks for it.

    Nothing is told: whoever opens the page is told what is wrong with the project.
    """
    with TURNS.alone(), suppress(EvidenceError):
        import evidence.ui.screening.page  # noqa: F401 - the longest to import

        project = open_project(folder)
        for phase in get_args(Phase):
            worklist(project, "", phase)
        orders, n_records = orders_of(project), len(review_state(project).records)
        # A small project has no order learned ahead, and most of its pages need none.
        if n_records > AT_ONCE and not orders.is_at_hand(""):
            for package in READERS:
                import_module(package)
            orders.order("")


def load_encoder_ahead() -> None:
    """Have the encoder's packages imported by a thread; at the first call only."""
    with _lock:
        if not _loading:
            _loading.append(Thread(target=import_alone, args=(ENCODER_PACKAGES,), daemon=True))
            _loading[0].start()
