"""Evidence that people marked in reports, and the certificate that is made on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pydantic import Field, ValidationError

from evidence.errors import SettingsError, SourceError
from evidence.quoting import locate
from evidence.reading.passage_calibration import MarkedReport, calibrate_passages
from indexers.encoder import Progress
from indexers.jats import read_jats
from indexers.records import Document, Frozen
from retrievers.certificate import ContextCount, write_certificate

_LARGEST_CASES_BYTES = 64 * 1024 * 1024


class _MarkedLine(Frozen):
    """A line of the file: a criterion's evidence in one report."""

    document: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$")
    criterion: str = Field(min_length=1)
    quotes: tuple[str, ...] = Field(min_length=1)


def certify_passages(
    marked: Path,
    articles: Path,
    alpha: float,
    delta: float,
    out: Path,
    progress: Progress,
    *,
    asked: str,
    query: Callable[[str], str],
) -> ContextCount:
    """Read marked evidence, certify a number of passages and write the certificate.

    Args:
        marked: The file; see `read_marked_reports`.
        articles: The folder of its articles.
        alpha: The highest mean share of the evidence missed that is allowed.
        delta: The highest probability that it is higher all the same.
        out: Where the certificate is written.
        progress: Is told the reports that are done.
        asked: How the certificate names the queries.
        query: A criterion or outcome as the words that its evidence is found by.

    Raises:
        SettingsError: A level is not between 0 and 1.
        SourceError: The evidence cannot be read.
    """
    from indexers.encoders import named_encoder

    for name, level in (("alpha", alpha), ("delta", delta)):
        if not 0 < level < 1:
            raise SettingsError(f"{name} {level:g}: expected a number between 0 and 1")
    reports = [
        MarkedReport(report.document, tuple((query(text), gold) for text, gold in report.evidence))
        for report in read_marked_reports(marked, articles)
    ]
    certificate = calibrate_passages(
        reports, named_encoder("static"), asked=asked, alpha=alpha, delta=delta, progress=progress
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_certificate(out, certificate)
    return certificate


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


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST_CASES_BYTES + 1)
        if len(raw) > _LARGEST_CASES_BYTES:
            raise SourceError(path, f"expected a file under {_LARGEST_CASES_BYTES:,} bytes")
        return raw.decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected JSON lines in UTF-8 ({error})") from error
