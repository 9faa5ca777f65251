"""Full texts in Milvus: gzipped JATS in parts that fit into a field, in a collection of their own.

id          the record's primary key, `%part:` and the number of the part
record_id   the record's primary key
part        0, 1, …; n_parts of each text
body        base64 of the gzipped XML
xml_sha256  of the XML before packing
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexers.errors import StoreError
from indexers.full_text import packed, packed_name
from indexers.jats import LARGEST_ARTICLE_BYTES, read_jats
from indexers.milvus.address import MilvusAddress
from indexers.milvus.client import told
from indexers.milvus.rows import record_id_of, row_id
from indexers.records import Document

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_PART = 60_000  # characters; a field holds 65,535 bytes
_PARTS_AT_ONCE = 64
_PAGE = 100
_GZIP = 31  # what zlib calls a gzip file with the largest window


def text_member(record_id: str, xml_sha256: str) -> str:
    """How a full text counts in the digest of a store's contents."""
    return f"full text {row_id(record_id)} {xml_sha256}"


def make_texts(client: MilvusClient, collection: str) -> None:
    """Make the collection unless it is there."""
    from pymilvus import DataType

    if client.has_collection(collection):
        client.load_collection(collection)
        return
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=4200)
    schema.add_field("record_id", DataType.VARCHAR, max_length=4096)
    schema.add_field("part", DataType.INT64)
    schema.add_field("n_parts", DataType.INT64)
    schema.add_field("body", DataType.VARCHAR, max_length=65_535)
    schema.add_field("xml_sha256", DataType.VARCHAR, max_length=64)
    schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)  # no collection can do without
    index = client.prepare_index_params()
    index.add_index("unused", index_type="FLAT", metric_type="IP")
    client.create_collection(collection, schema=schema, consistency_level="Strong")
    client.create_index(collection, index, sync=False)
    client.load_collection(collection)


def write_text(client: MilvusClient, collection: str, record_id: str, xml: bytes) -> None:
    """Put a full text in place of the one that the record has."""
    body = base64.b64encode(packed(xml)).decode()
    parts = [body[start : start + _PART] for start in range(0, len(body), _PART)]
    key = row_id(record_id)
    rows = [
        {
            "id": f"{key}%part:{number}",
            "record_id": key,
            "part": number,
            "n_parts": len(parts),
            "body": part,
            "xml_sha256": hashlib.sha256(xml).hexdigest(),
            "unused": [0.0, 1.0],
        }
        for number, part in enumerate(parts)
    ]
    delete_text(client, collection, record_id)
    for start in range(0, len(rows), _PARTS_AT_ONCE):
        client.upsert(collection, rows[start : start + _PARTS_AT_ONCE])


def delete_text(client: MilvusClient, collection: str, record_id: str) -> None:
    """Take a record's full text away, if it has one."""
    client.delete(collection, filter=f'record_id == "{row_id(record_id)}"')


def digests_of_texts(
    client: MilvusClient, collection: str, record_ids: list[str]
) -> dict[str, str]:
    """SHA-256 of the XML of those records that have a full text, of which all parts are there."""
    quoted = ", ".join(f'"{row_id(record_id)}"' for record_id in record_ids)
    rows = client.query(
        collection,
        filter=f"record_id in [{quoted}]",
        output_fields=["record_id", "part", "n_parts", "xml_sha256"],
    )
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["record_id"]] = counts.get(row["record_id"], 0) + 1
    return {
        record_id_of(row["record_id"]): row["xml_sha256"]
        for row in rows
        if row["part"] == 0 and counts[row["record_id"]] == row["n_parts"]
    }


def document_of(
    client: MilvusClient, address: MilvusAddress, collection: str, record_id: str
) -> Document | None:
    """The full text of a record; None when there is none.

    Raises:
        StoreError: It was changed.
        SourceError: It is not JATS.
    """
    with told(address):
        rows = client.query(
            collection,
            filter=f'record_id == "{row_id(record_id)}"',
            output_fields=["part", "n_parts", "body", "xml_sha256"],
        )
    if not rows:
        return None
    xml = _xml(address, record_id, rows)
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        path = Path(folder) / packed_name(record_id).removesuffix(".gz")
        path.write_bytes(xml)
        return read_jats(path, record_id)


def stored_texts(client: MilvusClient, address: MilvusAddress, collection: str) -> dict[str, str]:
    """SHA-256 of the XML of every full text by record id, each read and checked.

    Raises:
        StoreError: One was changed.
    """
    found: dict[str, str] = {}
    with told(address):
        pages = client.query_iterator(
            collection, batch_size=_PAGE, filter="part == 0", output_fields=["record_id"]
        )
        keys: list[str] = []
        while page := pages.next():
            keys += [row["record_id"] for row in page]
        pages.close()
    for key in sorted(keys):
        with told(address):
            rows = client.query(
                collection,
                filter=f'record_id == "{key}"',
                output_fields=["part", "n_parts", "body", "xml_sha256"],
            )
        record_id = record_id_of(key)
        found[record_id] = hashlib.sha256(_xml(address, record_id, rows)).hexdigest()
    return found


def _xml(address: MilvusAddress, record_id: str, rows: list[dict[str, Any]]) -> bytes:
    """The XML of all parts of a full text."""
    rows = sorted(rows, key=lambda row: int(row["part"]))
    whole = [row["part"] for row in rows] == list(range(int(rows[0]["n_parts"])))
    try:
        body = base64.b64decode("".join(row["body"] for row in rows))
        # No further than an article goes: the server may hold what nobody here packed.
        xml = zlib.decompressobj(wbits=_GZIP).decompress(body, LARGEST_ARTICLE_BYTES)
    except (ValueError, zlib.error):
        xml = b""
    if not whole or hashlib.sha256(xml).hexdigest() != rows[0]["xml_sha256"]:
        raise StoreError(
            f"{address}: the full text of {record_id!r} was changed; build the store again"
        )
    return xml
