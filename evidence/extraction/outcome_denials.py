"""Sentences that name an outcome to say that it was not there, or that it ended."""

from __future__ import annotations

import re

from evidence.extraction.wording import Span

# `No evidence of relapse` and `did not have a relapse`; `no difference in relapse` denies none.
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|without|nor|neither|none)\b|n't\b)(?:\W+(?:ha[sd]|have|having|been|be"
    r"|experienc\w+|develop\w*|suffer\w*|report\w*|show\w*|evidence|signs?|symptoms?|of|from|any"
    r"|an?|the|further|single|case|episode|event)){0,5}\W*$"
    r"|\b(?:free(?:dom)?|protected|protection|absence|lack|prevention|avoidance)"
    r" (?:of|from|against)(?: (?:an?|any|the|further))?\W*$", re.I,
)  # fmt: skip
_DENIED_AFTER = re.compile(
    r"(?: (?:rates?|events?))?\s+(?:(?:did|does|do|could|can|was|were|is|are|had|has|have)"
    r"(?: not|n't) (?:be |been )?(?:occur|develop|recur|appear|happen|take place|observed|seen"
    r"|found|detected|reported|documented|recorded|present|assess|measur|evaluat|available|experienc)"
    r"|(?:was|were|is|are|had been|has been) (?:absent|prevented|avoided|averted|resolved|expected"
    r"|suspected|excluded|ruled out|missing|unknown|severe|mild|moderate|serious)\b"
    r"|(?:resolved|disappeared|remitted|subsided)\b)", re.I,
)  # fmt: skip


def denied(flat: str, span: Span) -> bool:
    """Whether a sentence says that the outcome was not there, or that it ended."""
    before = _DENIED_BEFORE.search(flat, 0, span.start)
    return before is not None or _DENIED_AFTER.match(flat, span.end) is not None
