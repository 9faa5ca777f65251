"""The arms of a trial with their names and sizes, and where a text names them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from evidence.extraction.arm_labels import Key, read_label
from evidence.extraction.wording import Span, find_name

Role = Literal["intervention", "comparator", "other"]


@dataclass(frozen=True)
class Size:
    """A number of participants with its place in the document."""

    count: int
    source: Literal["randomised", "table", "treated"]
    start: int
    end: int


@dataclass(frozen=True)
class TrialArm:
    """An arm of the trial; `names` are all wordings that find it, `sizes` all that were printed.

    `generic` arms are known only as `intervention group` or `control group`; `headings` are the
    labels that the article's own tables give the arm (`Group A`, `CG`).
    """

    role: Role
    name: str
    names: tuple[str, ...]
    place: Span
    sizes: tuple[Size, ...] = ()
    generic: bool = False
    headings: tuple[str, ...] = ()

    @property
    def size(self) -> Size | None:
        """The number randomised where it is told, else the number most often printed."""
        for source in ("randomised", "table", "treated"):
            pool = [s for s in self.sizes if s.source == source]
            counts = Counter(s.count for s in pool)
            if pool:
                return max(pool, key=lambda s: (counts[s.count], s.count, -s.start))
        return None


class Mention(NamedTuple):
    """A place where an arm is named."""

    arm: TrialArm
    start: int
    end: int


def mentions(text: str, arms: tuple[TrialArm, ...] | list[TrialArm]) -> list[Mention]:
    """Where the arms are named in a text; of overlapping names the longest counts.

    A short text is first compared with the headings that the tables give to the arms.
    """
    headed = _headed(text, arms)
    if headed is not None:
        return [headed]
    found = [
        Mention(arm, *span) for arm in arms for name in arm.names for span in find_name(name, text)
    ]
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start - m.end, m.start)):
        over = [k for k in kept if k.start < mention.end and mention.start < k.end]
        if not over:
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def _headed(text: str, arms: tuple[TrialArm, ...] | list[TrialArm]) -> Mention | None:
    if len(text) > 160 or not any(arm.headings for arm in arms):
        return None
    label = read_label(text)
    if label is None:
        return None
    for key in label.keys:
        found = [arm for arm in arms if key in _keys(arm.headings)]
        if len(found) == 1:
            return Mention(found[0], *label.span)
        if found:
            return None
    return None


@lru_cache(maxsize=1024)
def _keys(headings: tuple[str, ...]) -> tuple[Key, ...]:
    labels = (read_label(text) for text in headings)
    return tuple(label.key for label in labels if label is not None)
