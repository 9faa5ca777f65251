"""Studies by domains as text for a terminal, and as a value for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from evidence.appraisal.answers import ANSWER_WORDS, SignallingAnswer
from evidence.appraisal.overall import OverallRisk, overall_of
from evidence.appraisal.rob2_questions import DOMAIN_TITLES, DOMAINS, Domain, Question, questions_of
from evidence.appraisal.tools import studies_judged_with
from evidence.console import plain
from evidence.judgements import RiskOfBiasJudgement, RobinsIJudgement
from evidence.state import ReviewState, study_label

SIGNS = {"low": "+", "some_concerns": "!", "high": "x", "unclear": "?"}
LONGEST_QUOTE = 200
_LEGEND = "+ low, ! some concerns, x high, ? unclear: a person decides, - not judged"
_LONGEST_NAME = 24


@dataclass(frozen=True)
class AppraisedStudy:
    """An included study with the judgements that count now, by domain."""

    record_id: str
    study: str
    judgements: Mapping[Domain, RiskOfBiasJudgement]

    @property
    def overall(self) -> OverallRisk:
        """Computed from the domains."""
        return overall_of(self.judgements.values())

    def waits(self, domain: Domain | None = None) -> bool:
        """Whether a person has to answer something: on a domain, or on the study."""
        if domain is None:
            return self.overall.waits_for_a_person
        judged = self.judgements.get(domain)
        return judged is None or judged.judgement == "unclear"


def appraised_studies(state: ReviewState, record_id: str | None = None) -> list[AppraisedStudy]:
    """The included studies that RoB 2 is for, in the order of the search, or one of them."""
    wanted = (r for r in studies_judged_with(state, "rob-2") if record_id in (None, r))
    return [appraised_study(state, each) for each in wanted]


def appraised_study(state: ReviewState, record_id: str) -> AppraisedStudy:
    """A study with its judgements by RoB 2, whatever tool is in use for it."""
    judged = state.risk_of_bias.get(record_id, {})
    by_domain = {domain: judged[domain] for domain in DOMAINS if domain in judged}
    return AppraisedStudy(record_id, study_label(state.records[record_id].record), by_domain)


def table_lines(studies: Sequence[AppraisedStudy]) -> list[str]:
    """A line a study with a sign a domain, the overall judgement, and what waits for a person.

    Nothing without a study.
    """
    if not studies:
        return []
    rows = [
        DomainRow(
            study.record_id,
            study.study,
            [_sign(study, domain) for domain in DOMAINS],
            overall_words(study.overall),
        )
        for study in studies
    ]
    lines = domain_table("study", [DOMAIN_TITLES[domain] for domain in DOMAINS], rows, _LEGEND)
    waiting = sum(study.waits() for study in studies)
    lines.append(f"{waiting:,} of {len(studies):,} wait for a person; --record ID shows why")
    return lines


class DomainRow(NamedTuple):
    """A study in a table by domains: a sign a domain, and the overall judgement in words."""

    record_id: str
    study: str
    signs: Sequence[str]
    overall: str


def domain_table(
    head: str, titles: Sequence[str], rows: Sequence[DomainRow], legend: str
) -> list[str]:
    """A line a study, the signs explained, and the domains by number.

    Args:
        head: Of the column that names the studies.
        titles: Of the domains, as many as each row has signs.
        rows: At least one.
        legend: What the signs mean.
    """
    ids = max(len("record"), *(len(plain(row.record_id)) for row in rows))
    heads = " ".join(f"D{number}" for number in range(1, len(titles) + 1))
    lines = [f"{'record':<{ids}}  {head:<{_LONGEST_NAME}}  {heads}  overall"]
    for row in rows:
        name = plain(row.study)[:_LONGEST_NAME]
        lines.append(
            f"{plain(row.record_id):<{ids}}  {name:<{_LONGEST_NAME}}  {'  '.join(row.signs)}   "
            f"{row.overall}"
        )
    return [*lines, "", legend, *(f"D{n} {title}" for n, title in enumerate(titles, 1))]


def study_lines(study: AppraisedStudy, domain: Domain | None = None) -> list[str]:
    """The answers of a study with their quotes, in one domain or all."""
    lines = [f"{plain(study.record_id)}  {plain(study.study)}: {overall_words(study.overall)}"]
    for of in (domain,) if domain else DOMAINS:
        judged = study.judgements.get(of)
        level = judged.judgement.replace("_", " ") if judged else "not judged"
        by = f", by {plain(judged.provenance.actor)}" if judged else ""
        lines += ["", f"{DOMAIN_TITLES[of]} ({of}): {level}{by}"]
        answers = {answer.question_id: answer for answer in judged.answers} if judged else {}
        for question in questions_of(of):
            lines += _answer_lines(question, answers.get(question.question_id))
        if judged is not None and judged.provenance.reason:
            lines.append(f"  {plain(judged.provenance.reason)}")
    return lines


def study_value(study: AppraisedStudy, domain: Domain | None = None) -> dict[str, Any]:
    """A study as JSON."""
    overall = study.overall
    return {
        "record_id": study.record_id,
        "study": study.study,
        "tool": "rob-2",
        "domains": domain_values(study.judgements, domain),
        "overall": {
            "level": overall.level,
            "may_be_high": list(overall.may_be_high),
            "open": list(overall.open),
        },
    }


def domain_values(
    judgements: Mapping[Any, RiskOfBiasJudgement | RobinsIJudgement], domain: str | None
) -> dict[str, Any]:
    """The judgements by domain as JSON, of one domain or all."""
    return {
        of: judged.model_dump(mode="json", exclude={"kind", "record_id", "domain"})
        for of, judged in judgements.items()
        if domain in (None, of)
    }


def overall_words(overall: OverallRisk) -> str:
    """`overall some concerns; may these together be high: ...`."""
    told = f"overall {overall.level.replace('_', ' ')}"
    if overall.may_be_high:
        told += f"; a person judges whether together high: {', '.join(overall.may_be_high)}"
    return told


def _sign(study: AppraisedStudy, domain: Domain) -> str:
    judged = study.judgements.get(domain)
    return SIGNS[judged.judgement] if judged is not None else "-"


def _answer_lines(question: Question, answer: SignallingAnswer | None) -> list[str]:
    told = ANSWER_WORDS[answer.answer] if answer is not None else "no answer"
    by = " (a person)" if answer is not None and answer.by_person else ""
    lines = [f"  {question.question_id} {question.text} {told.upper()}{by}"]
    if answer is not None and answer.answer != "NA":
        lines += [f"      “{plain(quote.text)[:LONGEST_QUOTE]}”" for quote in answer.quotes]
        lines += [f"      {plain(answer.reason)}"] if answer.reason else []
    return lines
