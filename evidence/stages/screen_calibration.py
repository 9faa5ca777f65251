"""How many passages a criterion needs: certified on reports in which people marked the evidence.

Learn then Test over the ranking of `screen_passages`, as `evidence calibrate` does it over the
records of a store (retrievers.calibration). The unit is the report: its criteria are averaged, for
they are not independent. The guarantee is for reports and criteria like those of the calibration.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError

from evidence.errors import SettingsError, SourceError
from evidence.quoting import locate
from evidence.reading.report_passages import (
    RANKER,
    RANKING_DIGEST,
    beyond,
    front,
    rank_passages,
    report_passages,
)
from evidence.stages.screen_contexts import criterion_query
from indexers.encoder import Encoder, Progress
from indexers.jats import read_jats
from indexers.records import Document, Frozen, Passage
from retrievers.calibration import Losses, check_counts
from retrievers.certificate import ContextCount, context_count, write_certificate

COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
_LARGEST_CASES_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class MarkedReport:
    """A report with the evidence on each criterion, as stretches of its text."""

    document: Document
    evidence: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]


class _MarkedLine(Frozen):
    """A line of the file: a criterion's evidence in one report."""

    document: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$")
    criterion: str = Field(min_length=1)
    quotes: tuple[str, ...] = Field(min_length=1)


def certify_passages(
    marked: Path, articles: Path, alpha: float, delta: float, out: Path, progress: Progress
) -> ContextCount:
    """Read marked evidence, certify a number of passages and write the certificate.

    Raises:
        SettingsError: A level is not between 0 and 1.
        SourceError: The evidence cannot be read.
    """
    from indexers.encoders import named_encoder

    for name, level in (("alpha", alpha), ("delta", delta)):
        if not 0 < level < 1:
            raise SettingsError(f"{name} {level:g}: expected a number between 0 and 1")
    reports = read_marked_reports(marked, articles)
    encoder = named_encoder("static")
    certificate = calibrate_passages(reports, encoder, alpha=alpha, delta=delta, progress=progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_certificate(out, certificate)
    return certificate


def calibrate_passages(
    reports: Sequence[MarkedReport],
    encoder: Encoder,
    *,
    alpha: float,
    delta: float,
    counts: tuple[int, ...] = COUNTS,
    progress: Progress | None = None,
) -> ContextCount:
    """The smallest number of passages certified to miss at most `alpha` of the evidence.

    Args:
        reports: One unit each; a random sample of those that the count is used on.
        encoder: The encoder that will be used.
        alpha: The highest mean share of the evidence missed that is allowed.
        delta: The highest probability that it is higher all the same.
        counts: The numbers of passages to try.
        progress: Called with the reports done and the reports in all.

    Raises:
        ValueError: There are no reports, or a level or count is not as described.
    """
    return context_count(
        passage_losses(reports, encoder, counts, progress),
        counts,
        alpha=alpha,
        delta=delta,
        loss="share_of_gold_missed",
        retriever=RANKER,
        corpus_digest=RANKING_DIGEST,
        encoder_digest=encoder.digest,
    )


def passage_losses(
    reports: Sequence[MarkedReport],
    encoder: Encoder,
    counts: Sequence[int],
    progress: Progress | None = None,
) -> Losses:
    """The share of the evidence's characters that k passages and the front miss.

    Returns:
        [n_reports, n_counts]; a report's loss is the mean over its criteria.
    """
    check_counts(counts)
    rows = []
    for done, report in enumerate(reports, 1):
        shown = front(report.document)
        passages = beyond(report_passages(report.document), shown)
        queries = [criterion_query(criterion) for criterion, _ in report.evidence]
        rankings = rank_passages(passages, queries, encoder)
        rows.append(
            np.mean(
                [
                    [_missed(gold, shown, ranking[:count]) for count in counts]
                    for (_, gold), ranking in zip(report.evidence, rankings, strict=True)
                ],
                axis=0,
            )
        )
        if progress is not None:
            progress(done, len(reports))
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(counts))


def read_marked_reports(path: Path, folder: Path) -> list[MarkedReport]:
    """Read evidence that people marked: JSON lines of `document`, `criterion` and `quotes`.

    Args:
        path: The file. `document` names a JATS file of the folder (`PMC1.xml`), never a path.
        folder: Where the articles are.

    Raises:
        SourceError: A line is not as described, an article cannot be read, or a quote is not in it.
    """
    marked: dict[str, list[tuple[str, tuple[tuple[int, int], ...]]]] = {}
    documents: dict[str, Document] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            said = _MarkedLine.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "line"
            raise SourceError(path, f"{where}: {first['msg']}", number) from error
        if said.document not in documents:
            documents[said.document] = read_jats(folder / said.document, said.document)
        document = documents[said.document]
        gold = []
        for text in said.quotes:
            quote = locate(text, document)
            if quote is None:
                wanted = f"expected words of {said.document}, not {json.dumps(text)[:80]}"
                raise SourceError(path, wanted, number)
            gold.append((quote.start, quote.end))
        marked.setdefault(said.document, []).append((said.criterion, tuple(gold)))
    if not marked:
        raise SourceError(path, "expected at least one line of marked evidence")
    return [MarkedReport(documents[name], tuple(lines)) for name, lines in marked.items()]


def _missed(
    gold: Iterable[tuple[int, int]], shown: tuple[int, int], passages: Iterable[Passage]
) -> float:
    """The share of the gold stretches' characters that is neither in the front nor in a passage."""
    stretches = sorted([shown, *((p.start, p.end) for p in passages)])
    total = covered = 0
    for start, end in gold:
        total += end - start
        for low, high in stretches:  # they may overlap
            covered += max(0, min(end, high) - max(start, low))
            start = max(start, min(end, high))
    return 1 - covered / total


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST_CASES_BYTES + 1)
        if len(raw) > _LARGEST_CASES_BYTES:
            raise SourceError(path, f"expected a file under {_LARGEST_CASES_BYTES:,} bytes")
        return raw.decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected JSON lines in UTF-8 ({error})") from error
