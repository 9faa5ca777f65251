"""The names of a record's buttons, as the session, the page and the key listener know them."""

from __future__ import annotations

import re

from evidence.judgements import Phase, Role


def decision_name(record_id: str, phase: Phase, role: Role = "reviewer") -> str:
    """What the buttons that decide on a record are called, behind what each of them does."""
    name = f"{phase}-{record_id}"
    return name if role == "reviewer" else f"{role}-{name}"


def class_name(name: str) -> str:
    """A name as Streamlit writes it into the class of an element."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", name.strip())
