"""A record as a row of a collection, and the collection's fields.

    id              the record id, percent-encoded, so that no id can end a filter's string
    text            what is embedded: title, blank line, abstract (the node's text in llama-index)
    record          the record as JSON, packed where that is too long for a field
    record_digest   SHA-256 of the record; row_digest: that with the vector
    embedding       the encoder's vector; inner product
    *_words         stems of title, abstract, MeSH and keywords; *_bm25: what Milvus makes of them
    year, source …  what filters ask for, as dynamic fields

Words are split, lower-cased and stemmed here, by the analyser of the local store, for Milvus Lite
has none that stems; Milvus counts and weighs them, with the local store's constants of BM25.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from indexers.catalogue import record_digest
from indexers.errors import StoreError
from indexers.milvus.address import MilvusAddress
from indexers.records import Record
from indexers.vectors import embedded_text

if TYPE_CHECKING:
    import tantivy
    from pymilvus import CollectionSchema, MilvusClient

WORD_FIELDS = {"title": 2.0, "abstract": 1.0, "mesh": 1.0, "keywords": 1.0}
"""Fields that are searched by words, with the weight of their BM25."""

BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}
_LONGEST_ID, _LONGEST_FIELD = 4096, 65_535  # bytes; the second is Milvus's own bound
_LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+")
_SAFE = " #:/,;()+*@=&!$|<>[]"
_PACKED = "zlib:"
_LARGEST_RECORD_BYTES = 16 * 1024 * 1024
_FILTERED = ("source", "pmid", "doi", "pmcid", "year", "journal", "language", "retracted")


def row_id(record_id: str) -> str:
    """The primary key of a record: its id where that is plain, else percent-encoded."""
    return quote(record_id, safe=_SAFE)


def record_id_of(key: str) -> str:
    """The record id of a primary key."""
    return unquote(key)


def chosen(keys: Sequence[str]) -> str:
    """A filter that chooses the rows of these primary keys."""
    quoted = ", ".join(f'"{key}"' for key in keys)
    return f"id in [{quoted}]"


def row_of(address: MilvusAddress, record: Record, vector: NDArray[np.float32]) -> dict[str, Any]:
    """The row of a record with its vector [dimension].

    Raises:
        StoreError: The record is too long for the fields of Milvus.
    """
    row = {
        "id": row_id(record.record_id),
        "text": embedded_text(record),
        "record": packed_record(record),
        "record_digest": record_digest(record).hex(),
        "row_digest": row_digest(record, vector),
        "embedding": vector.tolist(),
        **words_of(record),
        "publication_types": list(record.publication_types),
        "mesh": list(record.mesh),
        **{n: v for n in _FILTERED if (v := getattr(record, n)) is not None},
    }
    for name, longest in (("id", _LONGEST_ID), *((n, _LONGEST_FIELD) for n in _long_fields())):
        if (size := len(row[name].encode())) > longest:
            raise StoreError(
                f"{address}: record {record.record_id[:80]!r}: expected a {name} of at most "
                f"{longest:,} bytes, found {size:,}; leave the record out"
            )
    return row


def _long_fields() -> tuple[str, ...]:
    return ("text", "record", *(f"{name}_words" for name in WORD_FIELDS))


def words_of(record: Record) -> dict[str, str]:
    """The stems of the fields that are searched by words."""
    told: dict[str, str] = {}
    for name in WORD_FIELDS:
        value: str | tuple[str, ...] = getattr(record, name)
        told[f"{name}_words"] = stems(value if isinstance(value, str) else "\n".join(value))
    return told


def query_stems(query: str) -> str:
    """The stems of a query, each of its words once, as the local store counts them."""
    words = dict.fromkeys(w for w in _WORD.findall(query.lower()) if len(w) < _LONGEST_WORD)
    return stems(" ".join(words))


def stems(text: str) -> str:
    """The words of a text as the local store indexes them, with blanks between."""
    return " ".join(_analyser().analyze(text))


@cache
def _analyser() -> tantivy.TextAnalyzer:
    """Tantivy's own `en_stem`."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for part in (
        tantivy.Filter.remove_long(_LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(part)
    return builder.build()


def row_digest(record: Record, vector: NDArray[np.float32]) -> str:
    """SHA-256 of a record and its vector, in hexadecimal."""
    digest = hashlib.sha256(record_digest(record))
    digest.update(np.ascontiguousarray(vector, dtype="<f4").data)
    return digest.hexdigest()


def packed_record(record: Record) -> str:
    """A record as text that `unpacked_record` reads."""
    plain = record.model_dump_json(exclude_defaults=True)
    if len(plain.encode()) <= _LONGEST_FIELD:
        return plain
    return _PACKED + base64.b85encode(zlib.compress(plain.encode(), 9)).decode()


def unpacked_record(text: str) -> Record:
    """The record that `packed_record` packed.

    Raises:
        ValueError: The text was changed.
    """
    if not text.startswith(_PACKED):
        return Record.model_validate_json(text)
    try:
        packed = base64.b85decode(text.removeprefix(_PACKED))
        plain = zlib.decompressobj().decompress(packed, _LARGEST_RECORD_BYTES)
    except zlib.error as error:
        raise ValueError("expected a packed record") from error
    return Record.model_validate_json(plain)


def schema(client: MilvusClient, dimension: int) -> CollectionSchema:
    """The fields of a collection of records."""
    from pymilvus import DataType, Function, FunctionType

    made = client.create_schema(auto_id=False, enable_dynamic_field=True)
    made.add_field("id", DataType.VARCHAR, is_primary=True, max_length=_LONGEST_ID)
    for name, longest in (
        ("text", _LONGEST_FIELD),
        ("record", _LONGEST_FIELD),
        ("record_digest", 64),
        ("row_digest", 64),
    ):
        made.add_field(name, DataType.VARCHAR, max_length=longest)
    made.add_field("embedding", DataType.FLOAT_VECTOR, dim=dimension)
    for name in WORD_FIELDS:
        made.add_field(
            f"{name}_words",
            DataType.VARCHAR,
            max_length=_LONGEST_FIELD,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "standard"},
        )
        made.add_field(f"{name}_bm25", DataType.SPARSE_FLOAT_VECTOR)
        made.add_function(
            Function(
                name=f"{name}_bm25_of_words",
                function_type=FunctionType.BM25,
                input_field_names=[f"{name}_words"],
                output_field_names=[f"{name}_bm25"],
            )
        )
    return made
