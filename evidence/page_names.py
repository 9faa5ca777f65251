"""The pages of the app where people do their part."""

from __future__ import annotations

from typing import Literal

PageName = Literal[
    "duplicates",
    "screening",
    "full-texts",
    "conflicts",
    "studies",
    "risk-of-bias",
    "recommendation",
]
"""By the last word of their address."""
