"""What a language model is shown of a report for one domain of RoB 2.

Title and abstract, then for each signalling question the passages nearest to the words by which
reports answer it, in the order of the report. Never the whole of a long report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from evidence.appraisal.rob2_questions import DOMAINS, Domain, questions_of
from evidence.stages.screen_passages import beyond, front, rank_passages, report_passages
from indexers.encoder import Encoder
from indexers.records import Document, Passage

PASSAGES_A_QUESTION = 5
"""Not calibrated. Of the 215 answers that the offline rules give on the 64 shipped reports, the
quoted sentence was shown for 85 % with 1, 96 % with 3 and 99 % with 5; what only a person finds was
not measured."""
_LARGEST_FRONT = 0.4
"""The share of the room that title and abstract may take: in a PDF their end is a guess."""
_GAP = "\n\n[…]\n\n"

# How reports word the answer; the signalling question itself is seldom in those words.
_QUERIES: dict[str, str] = {
    "1.1": "randomisation sequence computer-generated random number table permuted blocks",
    "1.2": "allocation concealed sealed opaque envelopes central telephone web randomisation",
    "1.3": "baseline characteristics of the groups similar balanced differences",
    "2.1": "participants patients blinded masked unaware open-label placebo double-blind",
    "2.2": "investigators clinicians staff blinded masked aware of treatment assignment",
    "2.3": "protocol deviations violations co-interventions crossover discontinued treatment",
    "2.4": "protocol deviations affected the outcome adherence compliance",
    "2.5": "protocol deviations in each group balanced adherence",
    "2.6": "intention-to-treat analysis per-protocol analysed as randomised all randomised",
    "2.7": "excluded from the analysis after randomisation wrong treatment number",
    "3.1": "lost to follow-up withdrew completed the study missing outcome data flow",
    "3.2": "sensitivity analysis missing data multiple imputation similar results",
    "3.3": "reasons for withdrawal dropout adverse events lack of efficacy",
    "3.4": "dropouts differed between groups reasons for loss to follow-up",
    "4.1": "primary outcome was measured validated instrument method of assessment",
    "4.2": "outcome assessed at the same visits in both groups follow-up schedule",
    "4.3": "outcome assessors blinded masked to treatment assessment evaluators",
    "4.4": "outcome objective laboratory mortality self-reported questionnaire score",
    "4.5": "outcome assessment unblinded participants reported subjective",
    "5.1": "statistical analysis plan pre-specified protocol trial registration before unblinding",
    "5.2": "primary and secondary outcomes scales time points definitions changed",
    "5.3": "statistical analysis adjusted unadjusted models subgroup post hoc",
}


@dataclass(frozen=True)
class Excerpts:
    """The part of a report that is shown, and in words which part that is."""

    text: str
    note: str


@dataclass(frozen=True)
class DomainPassages:
    """Chooses what is shown of a report for each domain.

    Attributes:
        k: How many passages a signalling question gets.
        made_by: What makes the vectors; None is the shipped static encoder.
    """

    k: int = PASSAGES_A_QUESTION
    made_by: Encoder | None = None
    _one_at_a_time: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first used."""
        from indexers.encoders import named_encoder

        return self.made_by or named_encoder("static")

    def ranked(self, document: Document) -> dict[Domain, list[list[Passage]]]:
        """For each domain, the passages of a report for each of its questions, nearest first."""
        passages = beyond(report_passages(document), front(document))
        asked = [question.question_id for domain in DOMAINS for question in questions_of(domain)]
        with self._one_at_a_time:  # several reports may be read at once; encoders keep state
            rankings = rank_passages(passages, [_QUERIES[q] for q in asked], self.encoder)
        by_question = dict(zip(asked, rankings, strict=True))
        return {
            domain: [by_question[question.question_id] for question in questions_of(domain)]
            for domain in DOMAINS
        }

    def shown(
        self, document: Document, rankings: Sequence[Sequence[Passage]], limit_bytes: int
    ) -> Excerpts | None:
        """What is shown for one domain; None when nothing fits.

        Args:
            document: The report.
            rankings: Those of the domain's questions, from `ranked`.
            limit_bytes: The limit on the text's length in UTF-8.
        """
        beginning = _front_within(document, int(limit_bytes * _LARGEST_FRONT))
        chosen = _chosen(document, beginning, rankings, self.k, limit_bytes)
        if not chosen and not beginning.text:
            return None
        read = sum(len(passage.text) for passage in (beginning, *chosen))
        note = (
            f"read title and abstract and {len(chosen)} passages chosen for the domain, "
            f"{read:,} of {len(document.text):,} characters"
        )
        return Excerpts(_written(document, [beginning, *chosen]), note)


def _chosen(
    document: Document,
    beginning: Passage,
    rankings: Sequence[Sequence[Passage]],
    k: int,
    limit_bytes: int,
) -> list[Passage]:
    """The first k of each ranking as far as they fit; each has its first before any its second."""
    chosen: dict[str, Passage] = {}
    for rank in range(k):
        for ranking in rankings:
            passage = ranking[rank] if rank < len(ranking) else None
            if passage is None or passage.passage_id in chosen:
                continue
            grown = [beginning, *_in_order([*chosen.values(), passage])]
            if size(_written(document, grown)) > limit_bytes:
                return _in_order(chosen.values())
            chosen[passage.passage_id] = passage
    return _in_order(chosen.values())


def _in_order(passages: Iterable[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: passage.start)


def _written(document: Document, passages: Sequence[Passage]) -> str:
    """The passages verbatim under their headings, with a mark where text is left out.

    A quote across such a mark is not in the document, so it supports nothing.
    """
    parts: list[str] = []
    before: Passage | None = None
    for passage in passages:
        if not passage.text:
            continue
        between = document.text[before.end : passage.start] if before else ""
        if before is not None and between.isspace() and before.section == passage.section:
            parts.append(between)
        else:
            parts.append(_GAP if before is not None else "")
            parts.append(f"[{passage.section}]\n" if passage.section else "")
        parts.append(passage.text)
        before = passage
    return "".join(parts)


def _front_within(document: Document, limit_bytes: int) -> Passage:
    """Title and abstract, as much as fits the limit, to the end of a sentence or line."""
    start, end = front(document)
    raw = document.text[start:end].encode("utf-8", "surrogatepass")
    if len(raw) > limit_bytes:
        shorter = raw[: max(limit_bytes, 0)].decode("utf-8", "ignore")
        end = start + max(shorter.rfind(". ") + 1, shorter.rfind("\n"), 0)
    return document.passage(start, end)


def size(text: str) -> int:
    """The length of a text in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))
