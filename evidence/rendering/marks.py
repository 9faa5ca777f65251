"""Marking stretches of a text in HTML, also where they overlap, without losing a character."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from markupsafe import Markup, escape


class Span(NamedTuple):
    """A stretch of a text and the name of what marks it; offsets as in `Document.text`."""

    start: int
    end: int
    name: str


def marked(
    text: str,
    start: int,
    end: int,
    spans: Iterable[Span],
    opening: Callable[[Span], Markup],
    closing: Callable[[Span], Markup],
) -> Markup:
    """The escaped stretch `text[start:end]` with the tags of the spans that reach into it.

    Nested spans nest. Where two spans cross, HTML cannot follow: the one that ends later is closed
    and opened again, so `opening` and `closing` can be called several times for one span.
    """
    inside = sorted(
        (s for s in set(spans) if s.start < end and s.end > start and s.start < s.end),
        key=lambda s: (max(s.start, start), -s.end, s.name),
    )
    cuts = sorted(
        {start, end} | {max(s.start, start) for s in inside} | {min(s.end, end) for s in inside}
    )
    parts: list[Markup] = []
    stack: list[Span] = []
    waiting = inside[::-1]
    for place, cut in enumerate(cuts):
        interrupted: list[Span] = []
        while any(span.end <= cut or cut == end for span in stack):
            span = stack.pop()
            parts.append(closing(span))
            if span.end > cut and cut != end:
                interrupted.append(span)
        if cut == end:
            break
        while waiting and max(waiting[-1].start, start) == cut:
            interrupted.append(waiting.pop())
        for span in sorted(interrupted, key=lambda s: (-s.end, s.start, s.name)):
            stack.append(span)
            parts.append(opening(span))
        parts.append(escape(text[cut : cuts[place + 1]]))
    return Markup("").join(parts)
