"""Records of a trial of aspirin that differ in one thing or another."""

from __future__ import annotations

from typing import Any

from indexers.records import Record

TITLE = "Aspirin for the treatment of common colds in adults: a randomised controlled trial"
HEAD = "Aspirin for the treatment of common colds in adults"
TEAM = ("Smith, John", "Jones, Anne", "Wang, Xiao")
WORDS = (
    "colds are common and aspirin is often taken for them though its benefit is not known we"
    " randomised four hundred adults with a cold of less than two days to aspirin or placebo three"
    " times daily for five days the main outcome was the time until symptoms had gone secondary"
    " outcomes were fever use of other drugs and adverse events symptoms lasted for six days with"
    " aspirin and for seven with placebo a difference that chance could explain fever was shorter"
    " by half a day stomach pain was more frequent with aspirin we conclude that it does little"
    " for a cold and that those who take it should know of its harms before they do"
)


def record(name: str, **fields: Any) -> Record:
    given = {"title": TITLE, "authors": TEAM, "year": 2010, "journal": "Lancet", **fields}
    return Record(record_id=name, source="test", **given)


COMPANIONS = [
    f"Erratum: {TITLE}",
    f"{TITLE}: erratum",
    f"{TITLE} (vol 35, pg 12, 2010)",
    f"Correction: {TITLE}",
    f"Reply to: {TITLE}",
    f"Re: {TITLE}",
    f"{TITLE} - authors' reply",
    f"Comment on '{TITLE}'",
    f"{TITLE}. Part II",
    f"{TITLE} 2",
    f"{TITLE} (study B)",
    f"{TITLE}: second report",
    TITLE.replace("adults", "children"),
    TITLE.replace("Aspirin", "Paracetamol"),
    TITLE.replace("common colds", "chronic colds"),
]
