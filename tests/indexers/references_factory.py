"""Records with every field and with few."""

from __future__ import annotations

from indexers.records import Record

RECORD = Record(
    record_id="r-1",
    source="test",
    title="A trial of x; y, and “z”",
    abstract="Background: why.\nResults: 5 < 6.",
    pmid="123",
    doi="10.1/abc",
    pmcid="PMC9",
    year=2007,
    journal="Journal of Trials",
    authors=("Doe, Jane", "Roe, R"),
    publication_types=("Randomized Controlled Trial",),
    mesh=("Malaria, Falciparum", "Humans"),
    keywords=("cure",),
    language="eng",
    licence="by",
)
BARE = Record(record_id="r-2", source="test", title="Bare")
