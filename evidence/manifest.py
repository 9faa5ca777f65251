"""What a project was made from, as its folder or its database keeps it: `manifest.json`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from evidence.config import Settings
from evidence.errors import ProjectError
from evidence.question import ClinicalQuestion
from indexers.records import Frozen

MANIFEST = "manifest.json"
RESTORE = "restore the project from an archive"
_DIGEST = "manifest_digest"


class Manifest(Frozen):
    """What a project was made from; frozen at creation, free of time stamps.

    `store` is the store's folder; `index_digest` fixes its content.
    """

    format_version: Literal[1] = 1
    program_version: str
    question: ClinicalQuestion
    settings: Settings
    store: Path
    index_digest: str
    encoder: str
    prompt_digests: dict[str, str] = Field(default_factory=dict)
    seed: int = 0


def sealed(manifest: Manifest) -> bytes:
    """The manifest with its own digest, so that a changed byte is named."""
    value = manifest.model_dump(mode="json")
    noted = value | {_DIGEST: _digest_of(value)}
    return (json.dumps(noted, indent=2, ensure_ascii=False) + "\n").encode()


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        ProjectError: It is damaged, was changed, or a newer version of the program made it.
    """
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path}: expected a readable JSON manifest; {RESTORE}") from error
    # A project that was made before manifests had a digest goes without.
    noted = value.pop(_DIGEST, None) if isinstance(value, dict) else None
    try:
        manifest = Manifest.model_validate_json(json.dumps(value))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        newer = "; a newer version of this program made it, update this one"
        told = newer if where == "format_version" else ""
        raise ProjectError(f"{path}: {where}: {first['msg']}{told}") from error
    if noted is not None and noted != _digest_of(value):
        raise ProjectError(f"{path}: changed after the project was made; {RESTORE}")
    return manifest


def _digest_of(value: dict[str, Any]) -> str:
    """SHA-256 over the fields of a manifest."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
