"""Twenty records of made-up trials, and an article."""

from __future__ import annotations

from indexers.records import Record

WORDS = ["malaria", "asthma", "sepsis", "migraine", "anaemia"]
RECORDS = [
    Record(
        record_id=f"r{i}",
        source="test",
        title=f"A trial of drug{i} for {WORDS[i % 5]}",
        abstract=f"Participants with {WORDS[i % 5]} got drug{i} or placebo.",
        mesh=("Humans",),
        year=2000 + i,
    )
    for i in range(20)
]
ARTICLE = "<article><body><sec><title>Results</title><p>{}</p></sec></body></article>"
