"""What a language model is shown of a report for one domain of RoB 2.

Title and abstract, then for each signalling question the passages nearest to the words by which
reports answer it, in the order of the report. Never the whole of a long report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.appraisal.rob2_questions import DOMAINS, Domain, questions_of
from evidence.reading.excerpts import Excerpts, PassageRanker, Rankings, excerpts, front_within
from evidence.reading.report_passages import front
from indexers.records import Document

PASSAGES_A_QUESTION = 5
"""Not calibrated. Of the 268 sentences that the offline rules quote on the 64 shipped reports, 85 %
are shown with 1, 95 % with 3 and 98 % with 5 (tests/benchmarks/risk_of_bias_corpus.py); what only a
person finds was not measured."""

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
class DomainPassages:
    """Chooses what is shown of a report for each domain.

    Attributes:
        k: How many passages a signalling question gets.
        ranker: What ranks the passages.
    """

    k: int = PASSAGES_A_QUESTION
    ranker: PassageRanker = field(default_factory=PassageRanker)

    def ranked(self, document: Document) -> Mapping[Domain, Rankings]:
        """For each domain, the passages of a report for each of its questions, nearest first."""
        asked = [question.question_id for domain in DOMAINS for question in questions_of(domain)]
        rankings = self.ranker.rank(document, [_QUERIES[q] for q in asked], front(document))
        by_question = dict(zip(asked, rankings, strict=True))
        return {
            domain: [by_question[question.question_id] for question in questions_of(domain)]
            for domain in DOMAINS
        }

    def shown(self, document: Document, rankings: Rankings, limit_bytes: int) -> Excerpts | None:
        """What is shown for one domain; None when nothing fits.

        Args:
            document: The report.
            rankings: Those of the domain's questions, from `ranked`.
            limit_bytes: The limit on the text's length in UTF-8.
        """
        beginning = front_within(document, limit_bytes)
        return excerpts(document, beginning, rankings, self.k, limit_bytes)


def told(shown: Excerpts, document: Document) -> str:
    """In words, which part of a report is shown."""
    return (
        f"read title and abstract and {shown.n_passages} passages chosen for the domain, "
        f"{shown.n_characters:,} of {len(document.text):,} characters"
    )
