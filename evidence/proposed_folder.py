"""A name and a place for a new project, for who has none in mind."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

_OF_QUESTIONS = frozenset(("does", "with", "compared", "versus", "than", "what", "when"))


def proposed_folder(question: str) -> Path:
    """A folder for a project that is not there yet, named by its question."""
    words = re.findall(r"[a-z0-9]{4,}", question.lower())
    name = "-".join(word for word in words if word not in _OF_QUESTIONS)[:48].strip("-")
    within = Path.home() / "evidence-reviews"
    numbered = (f"{name or 'review'}{'' if n == 1 else f'-{n}'}" for n in count(1))
    return next(
        within / each
        for each in numbered
        if not (within / each).exists() and not (within / f"{each}-store").exists()
    )
