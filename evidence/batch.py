"""Work on files without a project: search a store, rank records, read documents, build a store."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evidence.errors import SourceError
from evidence.question import ClinicalQuestion
from indexers.records import Document, Frozen, Record, abstract_document

if TYPE_CHECKING:
    from indexers.store import Store
    from retrievers.boolean.tree import SearchStrategy
    from retrievers.certificate import ContextCount
    from retrievers.hybrid import HybridRetriever

Syntax = Literal["pubmed", "ovid", "natural"]
RECORD_ENDINGS = (".jsonl", ".jsonl.gz", ".csv", ".ris", ".nbib")


class RankedRecord(Frozen):
    """A record's place before anyone has screened; rank 1 is nearest to the question."""

    rank: int
    record_id: str
    score: float
    title: str


def store_retriever(store: Store) -> HybridRetriever:
    """Words and meaning over one store, fused by reciprocal rank."""
    from indexers.encoder import minilm_encoder
    from retrievers.dense import DenseRetriever
    from retrievers.hybrid import HybridRetriever
    from retrievers.lexical import LexicalRetriever

    return HybridRetriever([LexicalRetriever(store), DenseRetriever(store, minilm_encoder())])


def search_store(
    query: str, store_path: Path, syntax: Syntax, limit: int | None
) -> tuple[list[Record], list[str]]:
    """The records of a store that a query finds, and notices on how it was read.

    A Boolean query finds all that match, in the store's order; plain words the `limit` nearest
    (100 when not said), best first.

    Raises:
        StoreError: The store cannot be opened.
        QueryError: The query cannot be read or run.
    """
    from indexers.store import Store
    from retrievers.boolean.evaluate import BooleanRetriever

    store = Store.open(store_path)
    if syntax == "natural":
        found = [hit.record_id for hit in store_retriever(store).retrieve(query, limit or 100)]
        return [store.record(record_id) for record_id in found], []
    strategy = _parsed(query, syntax)
    retriever = BooleanRetriever(store)
    notices = list(dict.fromkeys(map(str, (*strategy.notices, *retriever.notices(strategy)))))
    return [store.record(r) for r in retriever.search(strategy)[:limit]], notices


def check_query(path: Path, syntax: Syntax) -> dict[str, Any]:
    """The tree of the query in a file, as JSON.

    Raises:
        SourceError: The file cannot be read, or the query in it cannot; the line is named.
    """
    from retrievers.boolean.errors import QueryError
    from retrievers.boolean.tree_json import to_json

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected a readable text file with a query ({error})") from error
    try:
        return to_json(_parsed(text, syntax))
    except QueryError as error:
        where = f"character {error.character}: {error.message}"
        raise SourceError(path, where, error.line) from error


def _parsed(text: str, syntax: Syntax) -> SearchStrategy:
    if syntax == "ovid":
        from retrievers.boolean.ovid import parse_ovid

        return parse_ovid(text)
    from retrievers.boolean.pubmed import parse_pubmed

    return parse_pubmed(text)


def calibrate_store(
    questions_path: Path,
    store_path: Path,
    alpha: float,
    delta: float,
    out: Path,
    progress: Callable[[int, int], None],
) -> tuple[ContextCount, int]:
    """Certify a number of contexts and write the certificate.

    Returns:
        The certificate, and how many questions were left out because the store lacks their gold.

    Raises:
        SourceError: The questions cannot be read, or the store holds the gold of none.
    """
    from indexers.store import Store
    from retrievers.certificate import write_certificate
    from retrievers.contexts import calibrate
    from retrievers.questions import read_questions, with_ids_of

    store = Store.open(store_path)
    asked = read_questions(questions_path).questions
    inside, outside = with_ids_of(asked, store.records())
    if not inside:
        raise SourceError(questions_path, f"expected gold records that {store_path} holds")
    certificate = calibrate(
        inside, store, store_retriever(store), alpha=alpha, delta=delta, progress=progress
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_certificate(out, certificate)
    return certificate, len(outside)


def rank_records(records: Sequence[Record], question: ClinicalQuestion) -> list[RankedRecord]:
    """Rank records by cosine similarity of their title and abstract to the question."""
    from indexers.encoder import minilm_encoder

    if not records:
        return []
    encoder = minilm_encoder()
    pico = question.pico
    asked = " ".join(filter(None, (question.text, pico.population, pico.intervention)))
    texts = [f"{record.title}\n\n{record.abstract}" for record in records]
    scores = encoder.encode(texts) @ encoder.encode([asked])[0]
    order = sorted(range(len(records)), key=lambda i: (-float(scores[i]), records[i].record_id))
    return [
        RankedRecord(
            rank=rank,
            record_id=records[i].record_id,
            score=round(float(scores[i]), 6),
            title=records[i].title,
        )
        for rank, i in enumerate(order, 1)
    ]


def write_ranking(ranking: Sequence[RankedRecord], path: Path) -> None:
    """Write a ranking as CSV with the columns of `RankedRecord`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(RankedRecord.model_fields), lineterminator="\n")
        writer.writeheader()
        writer.writerows(ranked.model_dump() for ranked in ranking)


def read_documents(source: Path) -> Iterator[Document]:
    """The documents of a JATS file, a folder of JATS files, or a file of records.

    Raises:
        SourceError: The source is missing, holds nothing, or cannot be read.
    """
    from indexers.jats import read_jats
    from indexers.references import read_records

    if source.is_dir():
        articles = sorted(p for p in source.iterdir() if p.name.endswith((".xml", ".xml.gz")))
        if not articles:
            raise SourceError(source, "expected a folder with JATS files (.xml or .xml.gz)")
        for article in articles:
            yield read_jats(article, article.name.split(".")[0])
    elif is_jats(source):
        yield read_jats(source, source.name.split(".")[0])
    else:
        yield from (abstract_document(record) for record in read_records(source))


def is_jats(source: Path) -> bool:
    """Whether an XML file holds a JATS article rather than PubMed records.

    Raises:
        SourceError: The file is missing.
    """
    import gzip

    if not source.name.endswith((".xml", ".xml.gz", ".nxml")):
        return False
    opener = gzip.open if source.suffix == ".gz" else open
    try:
        with opener(source, "rb") as stream:
            start = stream.read(4096)
    except OSError as error:
        raise SourceError(source, "expected a readable XML file") from error
    return b"<article" in start or b"JATS" in start


def build_store(
    sources: Sequence[Path],
    store_path: Path,
    kind: Literal["auto", "flat", "hnsw"],
    device: Literal["cpu", "cuda"],
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Build a store from files of records and JATS articles; returns its manifest's counts.

    Raises:
        SourceError: A source is missing or cannot be read.
    """
    from indexers.encoder import minilm_encoder
    from indexers.store import Store

    records, full_text = read_sources(sources)
    store = Store.build(
        store_path,
        records,
        minilm_encoder(device),
        kind=kind,
        full_text=full_text,
        progress=progress,
    )
    return {"store": str(store_path), "n_records": len(store), "index_digest": store.index_digest}


def update_store(
    sources: Sequence[Path],
    store_path: Path,
    device: Literal["cpu", "cuda"],
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Add and replace records of a store; returns how many, and the store's counts.

    Raises:
        SourceError: A source is missing or cannot be read.
        StoreError: The store is missing, damaged or of another encoder.
    """
    from indexers.encoder import minilm_encoder
    from indexers.store import Store
    from indexers.store_update import update

    records, full_text = read_sources(sources)
    outcome = update(
        store_path, records, minilm_encoder(device), full_text=full_text, progress=progress
    )
    store = Store.open(store_path)
    counts = {"n_records": len(store), "index_digest": store.index_digest}
    return outcome._asdict() | counts | {"store": str(store_path)}


def read_sources(sources: Sequence[Path]) -> tuple[list[Record], dict[str, Path]]:
    """Records and the full texts that belong to them, folders walked.

    Raises:
        SourceError: A source is missing or cannot be read, or none holds a record.
    """
    from indexers.jats import read_jats_record
    from indexers.references import read_records

    records: dict[str, Record] = {}
    full_text: dict[str, Path] = {}
    for file in _files(sources):
        if is_jats(file):
            record = read_jats_record(file)
            records.setdefault(record.record_id, record)
            full_text[record.record_id] = file
        else:
            for record in read_records(file):
                records.setdefault(record.record_id, record)
    if not records:
        raise SourceError(sources[0], "expected at least one record")
    return list(records.values()), full_text


def _files(sources: Sequence[Path]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            endings = (*RECORD_ENDINGS, ".xml", ".xml.gz", ".nxml")
            yield from sorted(p for p in source.rglob("*") if p.name.endswith(endings))
        else:
            yield source
