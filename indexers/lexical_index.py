"""The lexical half of a store: Tantivy over the fields of records, which also keeps the records.

Each record is one document: its words by field, its number in the store, and the record itself
as JSON. Words are lower-cased and stemmed (English) for ranking, and as they stand for Boolean
search (indexers.exact_fields); what a user types to be ranked is never parsed as syntax.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from indexers.errors import StoreError
from indexers.exact_fields import add_exact_fields, fill_exact_fields
from indexers.records import Record

if TYPE_CHECKING:
    import tantivy

_WORD = re.compile(r"[^\W_]+")
_STEMMED = ("title", "abstract", "mesh", "keywords")
_BOOSTS = {"title": 2.0}
_SCORE_DECIMALS = 5  # below it, sums of the same terms differ with the order of segments
_LONGEST_WORD = 40  # the analyser drops longer ones
_WRITER_BYTES = 768_000_000  # few large segments: a query looks up its terms in each


class LexicalWriter:
    """Writes an index, new or revised; the index is whole when the block ends without an error.

    Args:
        folder: An index to revise, or a folder that does not exist yet.

    Raises:
        StoreError: The disk is full, or memory is short.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        import tantivy

        with self._failure_told():
            if self._folder.is_dir():
                index = tantivy.Index.open(str(self._folder))
            else:
                self._folder.mkdir()
                index = tantivy.Index(_schema(), path=str(self._folder))
            self._schema = index.schema
            # One thread: the order of documents is the order of the records.
            self._writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with suppress(ValueError):  # what ended the block says more
                self._writer.wait_merging_threads()
            return
        with self._failure_told():
            self._writer.commit()
            self._writer.wait_merging_threads()

    def add(self, number: int, record: Record) -> None:
        """Add a record under its number."""
        document = _document(number, record)
        try:
            self._writer.add_document(document)
        except ValueError as error:
            raise self._failed(error) from error

    @contextmanager
    def _failure_told(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:  # so Tantivy raises whatever its threads met
            raise self._failed(error) from error

    def _failed(self, error: ValueError) -> StoreError:
        reason = " ".join(str(error).split())
        return StoreError(
            f"{self._folder}: the words could not be written ({reason}); free disk space or "
            "memory, then start again"
        )

    def remove(self, numbers: Sequence[int]) -> None:
        """Take records out that were there before; their words count in BM25 until a merge."""
        import tantivy

        query = tantivy.Query.term_set_query(self._schema, "number", list(numbers))
        self._writer.delete_documents_by_query(query)


class LexicalIndex:
    """A Tantivy index in a folder, opened for reading; the folder need not be writable.

    Raises:
        StoreError: There is no readable index in the folder.
        MemoryError: Its files cannot be mapped.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.index = _opened(folder)
            self.searcher: tantivy.Searcher = self.index.searcher()
        except (ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            if os.strerror(errno.ENOMEM) in reason:
                raise MemoryError from error
            raise StoreError(
                f"{folder}: expected a lexical index that can be read and locked ({reason}); "
                "build the store again"
            ) from error

    def __len__(self) -> int:
        return int(self.searcher.num_docs)

    def search(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Numbers of records with their BM25 scores, best first.

        BM25 (Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75, Tantivy's constants) is summed over
        title (twice), abstract, MeSH and keywords. A record needs one of the words.
        """
        words = dict.fromkeys(w for w in _WORD.findall(text.lower()) if len(w) < _LONGEST_WORD)
        if not words:
            return []
        query = self.index.parse_query(
            " ".join(f'"{word}"' for word in words), list(_STEMMED), field_boosts=_BOOSTS
        )
        hits = self.searcher.search(query, limit=limit, count=False).hits
        numbers = self.numbers([address for _, address in hits]).tolist()
        scores = (round(float(score), _SCORE_DECIMALS) for score, _ in hits)
        return list(zip(numbers, scores, strict=True))

    def count(self, query: tantivy.Query) -> int:
        """How many records a query matches.

        Raises:
            ValueError: The index cannot answer it.
        """
        # Sorted by a field, so that nothing is scored.
        found = self.searcher.search(query, limit=1, count=True, order_by_field="number")
        return int(found.count)  # type: ignore[attr-defined] # its stub leaves it out

    def matching(self, query: tantivy.Query) -> NDArray[np.int64]:
        """The numbers of all records that a query matches, rising.

        Raises:
            ValueError: The index cannot answer it.
        """
        import tantivy

        found = self.searcher.search(
            query,
            limit=max(len(self), 1),
            count=False,
            order_by_field="number",
            order=tantivy.Order.Asc,
        )
        return np.array([number for number, _ in found.hits], dtype=np.int64)

    def numbers(self, addresses: list[tantivy.DocAddress]) -> NDArray[np.int64]:
        """The numbers of the records at these addresses."""
        return np.array(self.searcher.fast_field_values("number", addresses), dtype=np.int64)

    def record(self, record_id: str) -> Record | None:
        """The record, if the store holds it."""
        import tantivy

        query = tantivy.Query.term_query(self.index.schema, "record_id", record_id)
        hits = self.searcher.search(query, limit=1, count=False).hits
        return self._record(hits[0][1]) if hits else None

    def numbered_records(self) -> Iterator[tuple[int, Record]]:
        """All records with their numbers, in the order of the numbers."""
        import tantivy

        everything = tantivy.Query.all_query()
        hits = self.searcher.search(
            everything,
            limit=max(len(self), 1),
            count=False,
            order_by_field="number",
            order=tantivy.Order.Asc,
        ).hits
        for number, address in hits:
            yield int(number), self._record(address)

    def _record(self, address: tantivy.DocAddress) -> Record:
        stored = self.searcher.doc(address).get_first("record")
        return Record.model_validate_json(bytes(stored or b""))


def _opened(folder: Path) -> tantivy.Index:
    """An index with its reader, also where its folder cannot be written.

    Tantivy opens an index behind a lock, which is a file in its folder. Where none can be made
    there, links to the index's files stand in a folder of their own while it is opened; the lock
    may be written once more while that folder is taken away.
    """
    try:
        return _with_reader(folder)
    except (ValueError, OSError):
        if os.access(folder, os.W_OK):
            raise
    with TemporaryDirectory(prefix="lexical-", ignore_cleanup_errors=True) as links:
        for file in folder.iterdir():
            if file.suffix != ".lock":
                (Path(links) / file.name).symlink_to(file.absolute())
        return _with_reader(Path(links))


def _with_reader(folder: Path) -> tantivy.Index:
    import tantivy

    index = tantivy.Index.open(str(folder))
    # A store is swapped as a whole: nothing is to be watched for, nor locked behind it.
    index.config_reader(reload_policy="manual")
    return index


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in _STEMMED:
        builder.add_text_field(name, tokenizer_name="en_stem", index_option="freq")
    builder.add_text_field("record_id", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("number", indexed=True, fast=True)
    builder.add_bytes_field("record", stored=True)
    add_exact_fields(builder)
    return builder.build()


def _document(number: int, record: Record) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_unsigned("number", number)
    document.add_text("record_id", record.record_id)
    document.add_bytes("record", record.model_dump_json().encode())
    for name in _STEMMED:
        value: str | tuple[str, ...] = getattr(record, name)
        for text in (value,) if isinstance(value, str) else value:
            document.add_text(name, text)
    fill_exact_fields(document, record)
    return document
