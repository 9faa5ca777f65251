"""What a language model is shown of a report for one outcome, or for fields of the study.

Title and abstract, the tables nearest to the outcome, and the k passages nearest to it. How large
k is a certificate says, or a number that nobody calibrated; what is shown says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock

from evidence.extraction.by_model.shown_tables import ShownTables, rank_tables, show_tables
from evidence.extraction.characteristic_text import study_text
from evidence.reading.excerpts import PassageRanker, Rankings, excerpts, front_within, size_bytes
from evidence.reading.passage_counts import PassageCount, certificate_at, passage_count
from evidence.reading.report_passages import RANKER, front, rank_passages
from indexers.records import Document, Passage, text_digest

PASSAGES_AN_OUTCOME = 5
"""Where there is no certificate."""
TABLES_AN_OUTCOME = 3
"""Of 80 labelled results of 30 trials with 3.3 tables on average (data/result_tables/development)
the table was the nearest for 66, one of the nearest three for 75."""
PASSAGES_A_FIELD = 3
"""Not calibrated. Of the 583 values that the offline rules give on the 64 shipped reports the quote
was shown for 83 % with 1, 96 % with 3 and 97 % with 5; of 86 values that a reader found in
19 other reports (data/characteristics_labels) 86 %, 92 % and 92 % were shown."""
_TABLES_SHARE = 0.6
"""The share of the room behind title and abstract that tables may take."""

RESULT_QUERY = "{outcome}; significantly; significant difference between groups; p"
"""How results are looked for. On the 377 training articles of Evidence Inference 5 passages missed
6 % of the marked evidence with it, 13 % with the outcome alone, and 22 % with outcome,
intervention and comparator: the arms' names stand everywhere in a report."""
FOR_RESULTS = f"{RANKER}:results:{text_digest(RESULT_QUERY)[:8]}"
"""How certificates name this query; another wording is another name."""

# How reports word each field; the names of the fields are not in their text.
FIELD_QUERIES: Mapping[str, str] = {
    "population": "eligible patients were adults or children with a diagnosis inclusion criteria",
    "intervention": "patients in the intervention group received treatment dose daily",
    "comparator": "control group received placebo usual care comparator",
    "outcomes": "primary outcome secondary outcomes were measured endpoint",
    "design": "randomised controlled trial design parallel cluster crossover factorial pilot",
    "allocation": "randomly assigned allocation sequence generated blocks stratified ratio",
    "intervention_model": "parallel group crossover factorial trial two-arm three-arm",
    "blinding": "double-blind open-label masked blinded participants investigators assessors",
    "centres": "multicentre single centre study sites hospitals",
    "hypothesis": "superiority non-inferiority equivalence margin hypothesis",
    "country": "conducted in country city region university hospital",
    "setting": "setting outpatient clinic hospital primary care community recruited from",
    "trial_years": "between January and December patients were recruited from year to year",
    "number_randomised": "patients were randomised in total randomly assigned number",
    "number_enrolled": "patients were enrolled screened included in the study number",
    "number_analysed": "patients were included in the analysis analysed completed number",
    "age": "aged years or older eligible age range inclusion",
    "age_observed": "mean age years median age baseline characteristics",
    "sex": "female male women men percent baseline characteristics",
    "follow_up": "follow-up weeks months years duration followed up until",
    "registration": "trial registration ClinicalTrials.gov NCT ISRCTN registered number",
    "funding": "funded by supported by grant from foundation",
    "sponsor_role": "role of the funding source sponsor had no role in design analysis",
    "competing_interests": "competing interests conflicts of interest declare none",
}
_STATEMENTS = ("registration", "funding", "sponsor_role", "competing_interests")


@dataclass(frozen=True)
class ShownReport:
    """What is shown, the tables whose cells may be named, and in words which part that is."""

    text: str
    tables: ShownTables
    note: str


@dataclass(frozen=True)
class ExtractionContexts:
    """Chooses what is shown of a report.

    Attributes:
        certificate: Where a certificate for results may be; it is read when it is first needed.
        k: How many passages an outcome gets without one.
        n_tables: How many tables an outcome gets.
        k_field: How many passages a field gets; not calibrated.
        ranker: What ranks passages and rows.
    """

    certificate: Path | None = None
    k: int = PASSAGES_AN_OUTCOME
    n_tables: int = TABLES_AN_OUTCOME
    k_field: int = PASSAGES_A_FIELD
    ranker: PassageRanker = field(default_factory=PassageRanker)
    _one_at_a_time: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @cached_property
    def count(self) -> PassageCount:
        """How many passages an outcome gets.

        Raises:
            SourceError: The certificate cannot be read.
        """
        return passage_count(
            certificate_at(self.certificate),
            self.ranker.encoder.digest,
            self.k,
            asked=FOR_RESULTS,
            each="an outcome",
        )

    def for_outcome(self, document: Document, outcome: str, limit_bytes: int) -> ShownReport | None:
        """What is shown for one outcome; None when nothing fits.

        Args:
            document: The report.
            outcome: As the question words it.
            limit_bytes: The limit on the text's length in UTF-8.

        Raises:
            SourceError: The certificate cannot be read.
        """
        beginning = front_within(document, limit_bytes)
        room = limit_bytes - size_bytes(beginning.text)
        with self._one_at_a_time:  # an encoder keeps state while it works
            ranked = rank_tables(document, outcome, self.ranker.encoder)
        tables = show_tables(ranked, self.n_tables, int(room * _TABLES_SHARE))
        rankings = [
            [p for p in ranking[: self.count.k] if not _inside(p, tables)]
            for ranking in self._nearest(document, [result_query(outcome)], beginning)
        ]
        behind = f"\n\n{tables.text}" if tables.text else ""
        limit = limit_bytes - size_bytes(behind)
        chosen = excerpts(document, beginning, rankings, self.count.k, limit)
        if chosen is None and not tables.text:
            return None
        told = self.count.told
        if chosen is None or not chosen.complete or beginning.end < front(document)[1]:
            told = f"{told}, but not all of it fits the context window: no guarantee"
        n_passages, n_characters = (
            (chosen.n_passages, chosen.n_characters) if chosen is not None else (0, 0)
        )
        n_tables = f"{len(tables.tables)} of {sum(bool(t.cells) for t in document.tables)} tables"
        note = (
            f"read title and abstract, {n_passages} passages ({told}) and {n_tables}, "
            f"{n_characters:,} of {len(document.text):,} characters beside the tables"
        )
        text = chosen.text if chosen is not None else ""
        return ShownReport(f"{text}{behind}".strip(), tables, note)

    def for_fields(
        self, document: Document, fields: Sequence[str], limit_bytes: int
    ) -> ShownReport | None:
        """What is shown for fields of the study; None when nothing fits."""
        beginning = front_within(document, limit_bytes)
        queries = [FIELD_QUERIES[name] for name in fields]
        rankings = self._nearest(document, queries, beginning)
        with self._one_at_a_time:
            stated = rank_passages(_statements(document), queries, self.ranker.encoder)
        led = [
            [*first, *ranking] if name in _STATEMENTS else list(ranking)
            for name, first, ranking in zip(fields, stated, rankings, strict=True)
        ]
        chosen = excerpts(document, beginning, led, self.k_field, limit_bytes)
        if chosen is None:
            return None
        told = f"{self.k_field} a field, not calibrated"
        if not chosen.complete:
            told += ", as far as they fit the context window"
        note = (
            f"read title and abstract and {chosen.n_passages} passages ({told}), "
            f"{chosen.n_characters:,} of {len(document.text):,} characters"
        )
        return ShownReport(chosen.text, ShownTables("", (), ()), note)

    def _nearest(self, document: Document, queries: Sequence[str], beginning: Passage) -> Rankings:
        return self.ranker.rank(document, queries, (beginning.start, beginning.end))


def result_query(outcome: str) -> str:
    """An outcome as the words that its results are found by."""
    return RESULT_QUERY.format(outcome=outcome)


def _inside(passage: Passage, tables: ShownTables) -> bool:
    """Whether a passage stands wholly in a table that is shown wholly."""
    return any(t.start <= passage.start and passage.end <= t.end for t in tables.whole)


def _statements(document: Document) -> list[Passage]:
    """The stretches under headings such as Funding, which are no passages of the report."""
    found: list[tuple[int, int]] = []
    for sentence in study_text(document).parts["statements"]:
        if found and not document.text[found[-1][1] : sentence.start].strip():
            found[-1] = (found[-1][0], sentence.end)
        else:
            found.append((sentence.start, sentence.end))
    return [
        document.passage(start, end, " > ".join(document.section_at(start))) for start, end in found
    ]
