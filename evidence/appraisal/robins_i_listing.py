"""Non-randomised studies by the domains of ROBINS-I: as text for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.appraisal.listing import LONGEST_QUOTE, DomainRow, domain_table, domain_values
from evidence.appraisal.robins_i import (
    DOMAIN,
    DOMAINS,
    LEVEL_MEANINGS,
    VERSION,
    Domain,
    StatedLevel,
    overall_so_far,
)
from evidence.appraisal.tools import ReadDesign, read_design, studies_judged_with
from evidence.console import plain
from evidence.judgements import RobinsIJudgement
from evidence.state import ReviewState, study_label
from indexers.records import Quote

SIGNS = {
    "low": "+",
    "moderate": "!",
    "serious": "x",
    "critical": "X",
    "no_information": "?",
}
LookAt = Mapping[Domain, tuple[Quote, ...]]
"""Sentences of a report by the domain that they touch on."""
_LEGEND = "+ low, ! moderate, x serious, X critical, ? no information, - not judged"


@dataclass(frozen=True)
class OutlinedStudy:
    """A study that ROBINS-I is for, with the judgements that count now, by domain."""

    record_id: str
    study: str
    design: ReadDesign
    judgements: Mapping[Domain, RobinsIJudgement]

    @property
    def overall(self) -> StatedLevel:
        """Computed from the domains."""
        return overall_so_far({d: judged.judgement for d, judged in self.judgements.items()})

    @property
    def open_domains(self) -> tuple[Domain, ...]:
        """Those that nobody has judged."""
        return tuple(domain for domain in DOMAIN if domain not in self.judgements)

    def level(self, domain: Domain) -> StatedLevel:
        """The judgement on a domain; `unclear` where there is none."""
        judged = self.judgements.get(domain)
        return judged.judgement if judged is not None else "unclear"

    def waits(self, domain: Domain | None = None) -> bool:
        """Whether a person has to judge: a domain, or any of the study."""
        return domain in self.open_domains if domain else bool(self.open_domains)


def outlined_studies(state: ReviewState, record_id: str | None = None) -> list[OutlinedStudy]:
    """The included studies that ROBINS-I is for, in the order of the search, or one of them."""
    wanted = (r for r in studies_judged_with(state, "robins-i") if record_id in (None, r))
    return [outlined_study(state, each) for each in wanted]


def outlined_study(state: ReviewState, record_id: str) -> OutlinedStudy:
    """A study with its judgements by ROBINS-I, whatever tool is in use for it."""
    judged = state.robins_i.get(record_id, {})
    return OutlinedStudy(
        record_id=record_id,
        study=study_label(state.records[record_id].record),
        design=read_design(state, record_id),
        judgements={domain: judged[domain] for domain in DOMAIN if domain in judged},
    )


def outline_table_lines(studies: Sequence[OutlinedStudy]) -> list[str]:
    """A line a study with a sign a domain and the overall judgement; nothing without a study."""
    if not studies:
        return []
    rows = [
        DomainRow(
            study.record_id,
            study.study,
            [
                SIGNS[study.judgements[domain].judgement] if domain in study.judgements else "-"
                for domain in DOMAIN
            ],
            outline_overall_words(study),
        )
        for study in studies
    ]
    lines = domain_table("not randomised", [domain.title for domain in DOMAINS], rows, _LEGEND)
    waiting = sum(study.waits() for study in studies)
    lines.append(f"ROBINS-I: {waiting:,} of {len(studies):,} wait for a person")
    return lines


def outline_lines(study: OutlinedStudy, look_at: LookAt, domain: Domain | None = None) -> list[str]:
    """The questions of the outline with a study's levels, and sentences to look at."""
    lines = [f"{plain(study.record_id)}  {plain(study.study)}: {outline_overall_words(study)}"]
    lines += [VERSION, *(f"  {design_line}" for design_line in _design_lines(study.design))]
    for of in (domain,) if domain else DOMAIN:
        outline, judged = DOMAIN[of], study.judgements.get(of)
        by = f", by {plain(judged.provenance.actor)}" if judged else ""
        lines += ["", f"{outline.title} ({of}): {_words(judged)}{by}"]
        for question in outline.questions:
            asked = f" [{question.asked_if}]" if question.asked_if else ""
            lines.append(f"  {question.question_id} {question.text}{asked}")
        if judged is not None:
            lines.append(f"  {plain(judged.provenance.reason)}")
        if look_at.get(of):
            lines.append("  to look at:")
            lines += [f"      “{_short(quote)}”" for quote in look_at[of]]
    lines += ["", *(f"{level}: {meaning}" for level, meaning in LEVEL_MEANINGS.items())]
    return lines


def outline_value(
    study: OutlinedStudy, look_at: LookAt, domain: Domain | None = None
) -> dict[str, Any]:
    """A study as JSON."""
    return {
        "record_id": study.record_id,
        "study": study.study,
        "tool": "robins-i",
        "domains": domain_values(study.judgements, domain),
        "to_look_at": {
            of: [quote.model_dump(mode="json") for quote in quotes]
            for of, quotes in look_at.items()
            if domain in (None, of)
        },
        "overall": {"level": study.overall, "open": list(study.open_domains)},
    }


def outline_overall_words(study: OutlinedStudy) -> str:
    """`overall serious`, `overall unclear, 3 domains to judge`."""
    n_open = len(study.open_domains)
    left = f", {n_open} {'domain' if n_open == 1 else 'domains'} to judge" if n_open else ""
    return f"overall {study.overall.replace('_', ' ')}{left}"


def design_words(design: ReadDesign) -> str:
    """What the report tells of the allocation, in words."""
    return {
        "randomised": "The report calls the study randomised",
        "not_randomised": "The report calls the study not randomised",
        "unknown": "The report leaves open, or contradicts itself on, how participants were "
        "allocated",
    }[design.allocation]


def _design_lines(design: ReadDesign) -> list[str]:
    quotes = [f"    “{_short(quote)}”" for quote in design.quotes]
    return [f"{design_words(design)}{':' if quotes else ''}", *quotes]


def _words(judged: RobinsIJudgement | None) -> str:
    return judged.judgement.replace("_", " ") if judged else "not judged"


def _short(quote: Quote) -> str:
    return plain(quote.text)[:LONGEST_QUOTE]
