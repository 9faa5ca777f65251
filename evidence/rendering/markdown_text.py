"""Text of documents and people in Markdown."""

from __future__ import annotations

import re

_SIGN = re.compile(r"([\\`*_<>\[\]#|~&])")


def markdown_literal(text: str) -> str:
    """The text on one line of Markdown that shows it as it is."""
    return _SIGN.sub(r"\\\1", " ".join(text.split()))
