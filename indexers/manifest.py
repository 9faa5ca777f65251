"""The manifest of a store: what is in it, who made its vectors, and the digest of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from indexers.errors import StoreError
from indexers.records import Frozen
from indexers.swap import beside
from indexers.vector_index import VectorKind

FORMAT_VERSION = 3
MANIFEST = "manifest.json"
Sha256 = str


class StoredFile(Frozen):
    """A file of the store; `path` is relative to the store and stays inside it."""

    path: str
    size_bytes: int = Field(ge=0)
    sha256: Sha256

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\\" in path:
            raise ValueError(f"{path!r} leaves the store")
        return path


class StoredFullText(Frozen):
    """Where a record's full text lies, and the digest of its XML before packing."""

    path: str
    xml_sha256: Sha256


class IndexedFile(Frozen):
    """A file that records were read from, as it was then; `modified_at` is in UTC."""

    name: str
    n_records: int = Field(ge=0)
    size_bytes: int = Field(ge=0)
    modified_at: datetime
    sha256: Sha256


def _is_missing(value: object) -> bool:
    return value is None


class Manifest(Frozen):
    """What `manifest.json` holds; `manifest_digest` covers all other fields.

    Attributes:
        indexed_files: The files of records in the order they were read; None where nobody told.
        next_number: The number of the next new record, and the rows of `vectors.f32`.
        n_superseded: Deleted and replaced records whose words BM25 still counts.
    """

    format_version: int
    encoder_name: str
    encoder_digest: Sha256
    dimension: int = Field(gt=0)
    metric: Literal["inner_product"] = "inner_product"
    kind: VectorKind
    n_records: int = Field(gt=0)
    next_number: int = Field(gt=0)
    n_superseded: int = Field(ge=0)
    n_full_text: int = Field(ge=0)
    records_digest: Sha256
    vectors_digest: Sha256
    index_digest: Sha256
    files: tuple[StoredFile, ...]
    full_text: dict[str, StoredFullText]
    indexed_files: tuple[IndexedFile, ...] | None = Field(default=None, exclude_if=_is_missing)
    manifest_digest: Sha256 = ""

    def own_digest(self) -> Sha256:
        """SHA-256 of the other fields."""
        return json_digest(self.model_dump(mode="json", exclude={"manifest_digest"}))


def json_digest(value: object) -> Sha256:
    """SHA-256 of a JSON value with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> Sha256:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored_files(store: Path, linked: Mapping[str, StoredFile]) -> tuple[StoredFile, ...]:
    """Every file under `store` except the manifest and Tantivy's empty lock files.

    Args:
        store: The store's folder.
        linked: Files by path that were taken over from the store before, and so keep their digest.
    """
    found = sorted(p for p in store.rglob("*") if p.is_file() and p.suffix != ".lock")
    names = [path.relative_to(store).as_posix() for path in found]
    return tuple(
        linked.get(name)
        or StoredFile(path=name, size_bytes=path.stat().st_size, sha256=file_digest(path))
        for name, path in zip(names, found, strict=True)
        if name != MANIFEST
    )


def write_manifest(store: Path, manifest: Manifest) -> None:
    """Write `manifest.json` with its own digest."""
    sealed = manifest.model_copy(update={"manifest_digest": manifest.own_digest()})
    text = json.dumps(sealed.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False)
    draft = beside(store, MANIFEST)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(store / MANIFEST)


def read_manifest(store: Path) -> Manifest:
    """Read `manifest.json`.

    Raises:
        StoreError: It is missing, damaged or of another format version.
    """
    path = store / MANIFEST
    again = "build the store again (evidence index build)"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(f"{store}: expected a store, found no {MANIFEST}; {again}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{path}: expected a readable JSON manifest; {again}") from error
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and "question" in raw:
        raise StoreError(f"{store}: expected a store, found a project, which names its own stores")
    if version != FORMAT_VERSION:
        raise StoreError(
            f"{path}: expected format version {FORMAT_VERSION}, found {version!r:.40}; {again}"
        )
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(f"{path}: {where}: {first['msg']}; {again}") from error
    if manifest.own_digest() != manifest.manifest_digest:
        raise StoreError(f"{path}: the manifest was changed after it was written; {again}")
    return manifest
