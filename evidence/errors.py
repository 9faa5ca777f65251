"""The error tree; its root lives further left, where every folder can raise from it."""

from __future__ import annotations

from indexers.errors import EvidenceError, SourceError, StoreError

__all__ = [
    "EngineError",
    "EvidenceError",
    "GroundingError",
    "ProjectError",
    "SettingsError",
    "SourceError",
    "StoreError",
]


class SettingsError(EvidenceError):
    """A setting is missing, of the wrong type or out of range."""


class ProjectError(EvidenceError):
    """A review project is missing, half-made, in use or damaged."""


class GroundingError(EvidenceError):
    """A value or sentence is not supported by the text it cites."""


class EngineError(EvidenceError):
    """An engine could not give a usable answer; the judgement stays with a person."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
