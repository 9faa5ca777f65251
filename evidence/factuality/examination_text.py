"""An examination in lines for people: the figures with their n, then the sentences in doubt."""

from __future__ import annotations

from evidence.factuality.examined import CrossExamination, Examination


def examination_lines(found: Examination) -> list[str]:
    """The lines: cross-examination, how the sentences stand, and each sentence that is doubted."""
    n = {v: sum(s.verdict == v for s in found.sentences) for v in ("supported", "unclear")}
    return [
        *_cross_lines(found.cross),
        f"{len(found.sentences)} sentences: {n['supported']} follow from what they cite, "
        f"{len(found.unsupported)} do not, {n['unclear']} unclear",
        *(f"In doubt: {s.sentence} (by: {s.words})" for s in found.unsupported),
    ]


def _cross_lines(cross: CrossExamination) -> list[str]:
    if cross.problem is not None:
        return [f"No cross-examination: {cross.problem}"]
    of_source = sum(q.made_from == "source" for q in cross.questions)
    of_summary = len(cross.questions) - of_source
    shares = (
        (cross.coverage, "answered by the recommendation (coverage)", of_source, "the evidence"),
        (cross.conformity, "not contradicted by it (conformity)", of_source, "the evidence"),
        (cross.consistency, "borne out by the evidence (consistency)", of_summary,
         "the recommendation"),
    )  # fmt: skip
    lines = [
        f"{share:.0%} of {n_asked} questions made from {whence} are {what}"
        for share, what, n_asked, whence in shares
        if share is not None
    ]
    return [*lines, f"{cross.conciseness:.0%} shorter than the evidence (conciseness)"]
