"""The lexical half of a store: Tantivy over the fields of records, which also keeps the records.

Each record is one document: its words by field, its number in the store, and the record itself
as JSON. Words are lower-cased and stemmed (English); what a user types is never parsed as syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from indexers.errors import StoreError
from indexers.exact_fields import add_exact_fields, fill_exact_fields
from indexers.records import Record

if TYPE_CHECKING:
    import tantivy

_WORD = re.compile(r"[^\W_]+")
_STEMMED = ("title", "abstract", "mesh", "keywords")
_EXACT = ("record_id", "pmid", "doi", "pmcid", "language", "publication_types")
_PLAIN = ("journal", "authors")
_BOOSTS = {"title": 2.0}
_SCORE_DECIMALS = 5  # below it, sums of the same terms differ with the order of segments
_TIES_FETCHED = 16
_LONGEST_WORD = 40  # the analyser drops longer ones
_WRITER_BYTES = 64_000_000


class LexicalIndex:
    """A Tantivy index in a folder, opened for reading.

    Raises:
        StoreError: There is no readable index in the folder.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        try:
            self._index: tantivy.Index = tantivy.Index.open(str(folder))
            self._searcher: tantivy.Searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise StoreError(
                f"{folder}: expected a readable lexical index; build the store again"
            ) from error

    @staticmethod
    def build(
        folder: Path, records: Sequence[Record], numbers: Sequence[int] | None = None
    ) -> None:
        """Write the index of `records` with their rising numbers; their places unless given."""
        import tantivy

        folder.mkdir()
        index = tantivy.Index(_schema(), path=str(folder))
        # One thread and one commit: the order of documents is the order of the records.
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        if numbers is None:
            numbers = range(len(records))
        for number, record in zip(numbers, records, strict=True):
            writer.add_document(_document(number, record))
        writer.commit()
        writer.wait_merging_threads()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Record ids with their BM25 scores, best first; equal scores in order of record id.

        BM25 (Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75, Tantivy's constants) is summed over
        title (twice), abstract, MeSH and keywords. A record needs one of the words.
        """
        words = dict.fromkeys(w for w in _WORD.findall(text.lower()) if len(w) < _LONGEST_WORD)
        if not words:
            return []
        query = self._index.parse_query(
            " ".join(f'"{word}"' for word in words), list(_STEMMED), field_boosts=_BOOSTS
        )
        found = self._searcher.search(query, limit=limit + _TIES_FETCHED, count=False)
        hits = [
            (self._stored(address, "record_id"), round(float(score), _SCORE_DECIMALS))
            for score, address in found.hits
        ]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def record(self, record_id: str) -> Record | None:
        """The record, if the store holds it."""
        import tantivy

        query = tantivy.Query.term_query(self._index.schema, "record_id", record_id)
        hits = self._searcher.search(query, limit=1, count=False).hits
        return self._record(hits[0][1]) if hits else None

    def records(self) -> Iterator[Record]:
        """All records in the order of their numbers."""
        for _, record in self.numbered_records():
            yield record

    def numbered_records(self) -> Iterator[tuple[int, Record]]:
        """All records with their numbers, in the order of the numbers."""
        import tantivy

        everything = tantivy.Query.all_query()
        hits = self._searcher.search(
            everything,
            limit=max(len(self), 1),
            count=False,
            order_by_field="number",
            order=tantivy.Order.Asc,
        ).hits
        for number, address in hits:
            yield int(number), self._record(address)

    def record_ids(self, numbers: Sequence[int]) -> dict[int, str]:
        """The record ids of numbers."""
        import tantivy

        if not numbers:
            return {}
        query = tantivy.Query.term_set_query(self._index.schema, "number", list(numbers))
        hits = self._searcher.search(query, limit=len(numbers), count=False).hits
        addresses = [address for _, address in hits]
        found = self._searcher.fast_field_values("number", addresses)
        return {
            int(number): self._stored(address, "record_id")
            for number, address in zip(found, addresses, strict=True)
            if number is not None
        }

    def _stored(self, address: tantivy.DocAddress, field: str) -> str:
        return str(self._searcher.doc(address).get_first(field))

    def _record(self, address: tantivy.DocAddress) -> Record:
        stored = self._searcher.doc(address).get_first("record")
        return Record.model_validate_json(bytes(stored or b""))


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for name in _STEMMED:
        builder.add_text_field(name, tokenizer_name="en_stem")
    for name in _EXACT:
        builder.add_text_field(
            name, stored=name == "record_id", tokenizer_name="raw", index_option="basic"
        )
    for name in _PLAIN:
        builder.add_text_field(name)
    builder.add_integer_field("year", indexed=True, fast=True)
    builder.add_boolean_field("retracted", indexed=True)
    builder.add_unsigned_field("number", indexed=True, fast=True)
    builder.add_bytes_field("record", stored=True)
    add_exact_fields(builder)
    return builder.build()


def _document(number: int, record: Record) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_unsigned("number", number)
    document.add_bytes("record", record.model_dump_json().encode())
    document.add_boolean("retracted", record.retracted)
    if record.year is not None:
        document.add_integer("year", record.year)
    for name in (*_STEMMED, *_EXACT, *_PLAIN):
        value: str | tuple[str, ...] | None = getattr(record, name)
        for text in (value,) if isinstance(value, str) else value or ():
            document.add_text(name, text)
    fill_exact_fields(document, record)
    return document
