"""What the log says of reports and studies, taken in line by line.

What was given out is never changed: a line puts new values beside the old ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from evidence.appraisal.answers import Tool
from evidence.entries import Entry
from evidence.events import RecordIdentified, ReportSought
from evidence.judgements import (
    CertaintyRating,
    ExtractedOutcome,
    ResultRejected,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    StatedDirection,
    StudyCharacteristics,
)
from indexers.records import abstract_document

Overruled = StatedDirection | RiskOfBiasJudgement | CertaintyRating
T = TypeVar("T", StatedDirection, RiskOfBiasJudgement)
Results = dict[str, list[ExtractedOutcome]]


class StudyFold:
    """Takes the log in and tells what is known of each study.

    Args:
        records: The records so far, kept up to date by the caller.

    Attributes:
        reports: The last word on each report.
        characteristics: Of each study.
        results: All results of a study, the rejected ones among them.
        rejections: The last word on each rejected result of a study, by the result's digest.
        directions: Stated directions of a study, by outcome.
        risk_of_bias: Of a study, by domain of RoB 2.
        robins_i: Of a study, by domain of ROBINS-I.
        chosen_tools: The tool of a person's last judgement on a study's risk of bias.
        certainty: By outcome.
    """

    def __init__(self, records: Mapping[str, RecordIdentified]) -> None:
        self._records = records
        self.reports: dict[str, ReportSought] = {}
        self.characteristics: dict[str, StudyCharacteristics] = {}
        self.results: Results = {}
        self.rejections: dict[str, dict[str, ResultRejected]] = {}
        self.directions: dict[str, dict[str, StatedDirection]] = {}
        self.risk_of_bias: dict[str, dict[str, RiskOfBiasJudgement]] = {}
        self.robins_i: dict[str, dict[str, RobinsIJudgement]] = {}
        self.chosen_tools: dict[str, Tool] = {}
        self.certainty: dict[str, CertaintyRating] = {}
        self._unanswered: dict[str, bool] = {}

    def take(self, entry: Entry) -> None:
        """Take the next line of the log in; lines on other things change nothing."""
        match entry:
            case ReportSought():
                self._take_report(entry)
            case StudyCharacteristics():
                self._take_reading(entry)
            case ExtractedOutcome():
                self._take_result(entry)
            case ResultRejected():
                words = self.rejections.get(entry.record_id, {})
                self.rejections[entry.record_id] = {**words, entry.result_digest: entry}
            case StatedDirection():
                stated = self.directions.get(entry.record_id, {})
                if _counts_over(entry, stated.get(entry.outcome)):
                    self.directions[entry.record_id] = {**stated, entry.outcome: entry}
            case RiskOfBiasJudgement():
                domains = self.risk_of_bias.get(entry.record_id, {})
                if _counts_over(entry, domains.get(entry.domain)):
                    self.risk_of_bias[entry.record_id] = {**domains, entry.domain: entry}
                if entry.provenance.by_person:
                    self.chosen_tools[entry.record_id] = "rob-2"
            case RobinsIJudgement():
                outline = self.robins_i.get(entry.record_id, {})
                self.robins_i[entry.record_id] = {**outline, entry.domain: entry}
                self.chosen_tools[entry.record_id] = "robins-i"
            case CertaintyRating():
                if _counts_over(entry, self.certainty.get(entry.outcome)):
                    self.certainty[entry.outcome] = entry
            case _:
                pass

    def extracted_and_rejected(self) -> tuple[Results, Results]:
        """The results that stand, and those that a person set aside, by study."""
        extracted, rejected = dict(self.results), Results()
        for record_id, words in self.rejections.items():
            found = self.results.get(record_id, [])
            out = [(w := words.get(r.content_digest)) is not None and w.rejected for r in found]
            extracted[record_id] = [r for r, is_out in zip(found, out, strict=True) if not is_out]
            rejected[record_id] = [r for r, is_out in zip(found, out, strict=True) if is_out]
        return extracted, rejected

    def _take_reading(self, read: StudyCharacteristics) -> None:
        """A machine that reads again what it had no answer to takes back what it read before.

        What people said stays: their characteristics, and every result of an outcome on which a
        person gave or rejected one.
        """
        record_id, by_person = read.record_id, read.provenance.by_person
        if not by_person:
            before = self._unanswered.pop(record_id, False)
            if before and record_id in self.results:
                told = self._outcomes_by_people(record_id)
                self.results[record_id] = [
                    r
                    for r in self.results[record_id]
                    if r.provenance.by_person or r.outcome in told
                ]
            self._unanswered[record_id] = bool(read.provenance.unanswered)
        standing = self.characteristics.get(record_id)
        if by_person or standing is None or not standing.provenance.by_person:
            self.characteristics[record_id] = read

    def _outcomes_by_people(self, record_id: str) -> set[str]:
        given = (r for r in self.results.get(record_id, ()) if r.provenance.by_person)
        rejected = (
            w for w in self.rejections.get(record_id, {}).values() if w.provenance.by_person
        )
        return {result.outcome for result in given} | {word.outcome for word in rejected}

    def _take_result(self, result: ExtractedOutcome) -> None:
        """A person who gives a result again after a rejection has the last word; no engine has."""
        record_id = result.record_id
        self.results[record_id] = [*self.results.get(record_id, ()), result]
        words = self.rejections.get(record_id)
        if result.provenance.by_person and words is not None:
            kept = {d: word for d, word in words.items() if d != result.content_digest}
            self.rejections[record_id] = kept

    def _take_report(self, report: ReportSought) -> None:
        """Another text voids what machines read in the one before it; people's words stay."""
        record_id = report.record_id
        before = self._text_digest(record_id)
        self.reports[record_id] = report
        if before is None or self._text_digest(record_id) == before:
            return
        self._unanswered.pop(record_id, None)
        read = self.characteristics.get(record_id)
        if read is not None and not read.provenance.by_person:
            del self.characteristics[record_id]
        if record_id in self.results:
            by_people = [o for o in self.results[record_id] if o.provenance.by_person]
            self.results[record_id] = by_people
            self._keep_rejections_of(by_people, record_id)
        _keep_those_by_people(self.directions, record_id)
        _keep_those_by_people(self.risk_of_bias, record_id)

    def _keep_rejections_of(self, results: list[ExtractedOutcome], record_id: str) -> None:
        """What was read in the text before is gone, and so is what was said about it."""
        digests = {result.content_digest for result in results}
        words = self.rejections.pop(record_id, {})
        kept = {digest: word for digest, word in words.items() if digest in digests}
        if kept:
            self.rejections[record_id] = kept

    def _text_digest(self, record_id: str) -> str | None:
        """The text that a record is read by; None for an unknown record."""
        found = self._records.get(record_id)
        return None if found is None else text_digest(found, self.reports.get(record_id))


def text_digest(found: RecordIdentified, report: ReportSought | None) -> str:
    """The text that a record is read by: its report's if there is one, else its abstract's."""
    if report is not None and report.document_digest is not None:
        return report.document_digest
    return abstract_document(found.record).document_digest


def _keep_those_by_people(judged: dict[str, dict[str, T]], record_id: str) -> None:
    by_people = {k: j for k, j in judged.pop(record_id, {}).items() if j.provenance.by_person}
    if by_people:
        judged[record_id] = by_people


def _counts_over(later: Overruled, earlier: Overruled | None) -> bool:
    if earlier is None:
        return True
    return later.provenance.by_person or not earlier.provenance.by_person
