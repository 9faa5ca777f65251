"""The report's section on screening in words: who decided, agreement, and why screening ended."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.console import plain
from evidence.screening.agreement import Agreement, ReviewersAgreement
from evidence.screening.certificate_words import certificate_facts, certificate_sentence, level
from evidence.screening.lines import estimate_words
from evidence.screening.reported import ReportedScreening
from evidence.screening.verdicts import phase_name


@dataclass(frozen=True)
class ScreeningText:
    """The section: paragraphs, a line a pair of reviewers, and the certificate value by value."""

    paragraphs: tuple[str, ...]
    agreement: tuple[str, ...]
    certificate: tuple[tuple[str, str], ...]


def screening_text(screening: ReportedScreening) -> ScreeningText:
    """The section that every export prints."""
    certificate = screening.certificate
    return ScreeningText(
        paragraphs=(_who_decided(screening), *_how_far(screening)),
        agreement=tuple(line for found in screening.agreement for line in _agreement_lines(found)),
        certificate=tuple(certificate_facts(certificate)) if certificate is not None else (),
    )


def _who_decided(screening: ReportedScreening) -> str:
    if screening.decided_by == "machine":
        return _engine_decided(screening)
    names = f" ({_listed(screening.reviewed_by)})" if screening.reviewed_by else ""
    if screening.reviewers == 1:
        told = f"People decided, one reviewer for each record{names}."
    else:
        sight = (
            "blind: neither saw the other’s verdict before giving one"
            if screening.blind
            else "not blind: each could see the other’s verdict"
        )
        told = f"People decided, two reviewers for each record{names}, {sight}."
    if not screening.reviewed_by:
        told += " Nobody has judged a record yet."
    if screening.n_adjudicated:
        told += (
            f" {_count(screening.n_adjudicated, 'judgement')} on which they differed "
            f"{'was' if screening.n_adjudicated == 1 else 'were'} settled by "
            f"{_listed(screening.adjudicated_by)}."
        )
    if screening.calibration_records:
        told += f" A calibration round of {_count(screening.calibration_records, 'record')} is set."
    if screening.n_proposals:
        shown = "hidden from them" if screening.hide_machine else "shown to them"
        proposed = _count(screening.n_proposals, "record")
        told += f" The {screening.engine} engine’s proposals on {proposed} were {shown}."
    return told


def _engine_decided(screening: ReportedScreening) -> str:
    by_people = screening.n_by_people
    told = f"The {screening.engine} engine decided; a person may overrule it."
    if not any(by_people.values()):
        return f"{told} No decision is a person’s."
    return (
        f"{told} Of the decisions that count, {by_people['title_abstract']:,} on title and "
        f"abstract and {by_people['full_text']:,} on full text are those of "
        f"{_listed(screening.reviewed_by)}."
    )


def _how_far(screening: ReportedScreening) -> list[str]:
    """How much was screened and why it ended there."""
    if not screening.n_records:
        return ["No record has been identified yet."]
    went_on = f"{screening.n_included:,} of them went on to the full text"
    if screening.certificate is not None:
        return [_stopped(screening, went_on)]
    told = []
    if screening.void_certificate is not None:
        told.append(
            "Screening was stopped on a certificate that is void now: "
            f"{plain(screening.void_reason)}."
        )
    if not screening.n_unscreened:
        told.append(
            f"Every record was screened on title and abstract: {screening.n_records:,} without "
            f"duplicates, {went_on}."
        )
        return told
    have = "record has" if screening.n_unscreened == 1 else "records have"
    unfinished = (
        f"Screening is not finished: {screening.n_screened:,} of {screening.n_records:,} records "
        f"were screened on title and abstract, {went_on}. {screening.n_unscreened:,} {have} no "
        "settled verdict, and no certificate in force allows to leave them out."
    )
    sample = screening.sample
    if sample is not None:
        unfinished += (
            f" Of a random sample of {sample.n_sampled:,} of them, {sample.n_judged:,} are judged."
        )
    return [*told, unfinished]


def _stopped(screening: ReportedScreening, went_on: str) -> str:
    certificate = screening.certificate
    assert certificate is not None  # noqa: S101 - the caller looked
    told = (
        f"{screening.n_screened:,} of {screening.n_records:,} records were screened on title and "
        f"abstract, {went_on}. Screening was stopped on a certificate: "
        f"{certificate_sentence(certificate)}."
    )
    if screening.n_unscreened:
        count = "record" if screening.n_unscreened == 1 else "records"
        told += f" {screening.n_unscreened:,} {count} that nobody screened count as not relevant."
    if certificate.n_sampled:
        told += (
            f" The confidence is that of attempt {certificate.attempt} of {screening.attempts}, "
            f"so that all attempts together keep {level(screening.confidence)}."
        )
    return told


def _agreement_lines(found: ReviewersAgreement) -> list[str]:
    of_round = ", calibration round" if found.calibration else ""
    who = f"{_listed(found.reviewers)} on {phase_name(found.phase)}{of_round}"
    return [
        _agreement_line(who, "excluded or not", found.two_way),
        _agreement_line(who, "include, unclear or exclude", found.three_way),
    ]


def _agreement_line(who: str, of: str, agreement: Agreement) -> str:
    return (
        f"{who} ({_count(agreement.n_records, 'record')}, {of}): "
        f"agreement {estimate_words(agreement.observed)}; κ {estimate_words(agreement.kappa)}; "
        f"PABAK {estimate_words(agreement.pabak)}"
    )


def _listed(names: tuple[str, ...]) -> str:
    """Names in a sentence."""
    shown = [plain(name) for name in names]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
