"""What a server of the tests was asked, and the faults that it is to have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "status",
    "reset",
    "cut_short",
    "truncated",
    "html",
    "missing",
    "foreign",
    "doubled",
    "expired",
    "slow",
    "entities",
    "redirect",
    "packed",
    "timeout_in_words",
    "garbage",
]


@dataclass
class ServedFault:
    """A fault of the next `times` answers of an endpoint."""

    endpoint: str
    kind: Kind
    times: int = 1
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "<html><body>Service unavailable</body></html>"
    n: int = 1


@dataclass(frozen=True)
class ServedRequest:
    """A request as it came."""

    at: float
    endpoint: str
    method: str
    parameters: dict[str, list[str]]

    def one(self, name: str) -> str:
        return self.parameters.get(name, [""])[0]
