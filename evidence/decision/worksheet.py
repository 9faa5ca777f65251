"""What a person has typed of the next version so far; nothing of it is lost when it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evidence.decision.decision_parts import DecisionPart, part_sentences
from evidence.decision.editing import Direction, Rows, Strength, tidied, with_new_values
from evidence.findings import CitedValue, Sentence, SummaryOfFindingsRow
from evidence.findings_text import printable_fields, printed
from evidence.judgements import RecommendationEdit
from indexers.records import Quote

VERDICTS: tuple[tuple[Direction, Strength], ...] = (
    ("for", "strong"),
    ("for", "conditional"),
    ("none", "none"),
    ("against", "conditional"),
    ("against", "strong"),
)


@dataclass
class Item:
    """A sentence on the worksheet; `key` stays its own while others come and go."""

    key: int
    text: str
    quotes: list[Quote] = field(default_factory=list)
    computed: list[CitedValue] = field(default_factory=list)

    @property
    def sentence(self) -> Sentence:
        """The sentence as it would be written."""
        told = Sentence(text=self.text, quotes=tuple(self.quotes), computed=tuple(self.computed))
        return tidied(told)


@dataclass
class Worksheet:
    """The sentences, the verdict and the reason of a version in the making.

    Attributes:
        base: The digest of the version that was opened; another one meanwhile is a conflict.
        problems: Why the last try to save was refused.
        part: Of the decision document, whose sentences they are; None for the recommendation's own.
    """

    base: str
    items: list[Item]
    direction: Direction
    strength: Strength
    reason: str = ""
    problems: tuple[str, ...] = ()
    part: DecisionPart | None = None

    @classmethod
    def of(cls, edit: RecommendationEdit, part: DecisionPart | None = None) -> Worksheet:
        """The worksheet of a version, or of one part of its decision document, as it stands."""
        draft = edit.recommendation
        told = draft.sentences
        if part is not None:
            told = part_sentences(draft.decision, part) if draft.decision is not None else ()
        items = [Item(key, s.text, list(s.quotes), list(s.computed)) for key, s in enumerate(told)]
        return cls(edit.content_digest, items, draft.direction, draft.strength, part=part)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences as they would be written."""
        return tuple(item.sentence for item in self.items)

    def item(self, key: int) -> Item | None:
        """A sentence by its key; None when it was removed."""
        return next((item for item in self.items if item.key == key), None)

    def add(self) -> Item:
        """A new, empty sentence at the end."""
        item = Item(max((i.key for i in self.items), default=-1) + 1, "")
        self.items.append(item)
        return item

    def remove(self, key: int) -> None:
        """Take a sentence out."""
        self.items = [item for item in self.items if item.key != key]

    def cite(self, item: Item, row: SummaryOfFindingsRow, field_name: str) -> None:
        """Put a value of the summary of findings at the end of a sentence, and cite it."""
        text = printed(row, field_name)
        item.text = f"{item.text.rstrip()} {text}".strip()
        item.computed.append(CitedValue(text=text, row_id=row.row_id, field=field_name))

    def take_new_values(self, rows: Rows) -> int:
        """Print each cited value as the summary of findings has it now; how many changed."""
        changed = 0
        for item in self.items:
            before = list(item.computed)
            fresh = with_new_values(
                Sentence(text=item.text, quotes=tuple(item.quotes), computed=tuple(before)), rows
            )
            item.text, item.computed = fresh.text, list(fresh.computed)
            changed += sum(a != b for a, b in zip(before, item.computed, strict=True))
        return changed


def citable(rows: Sequence[SummaryOfFindingsRow]) -> list[tuple[str, str, str]]:
    """(row id, field, what is read) of each value that a sentence may cite, row by row."""
    return [
        (
            row.row_id,
            name,
            f"{printed(row, 'outcome')} · {field_words(name)}: {printed(row, name)}",
        )
        for row in rows
        for name in printable_fields(row)
        if name != "outcome"
    ]


def field_words(name: str) -> str:
    """What people call a field of the summary of findings."""
    words = {
        "outcome": "name of the outcome",
        "k_studies": "studies",
        "n_participants": "participants",
        "effect": "effect with interval",
        "effect.i2": "I²",
        "comparator_risk_per_1000": "risk with the comparator",
        "intervention_risk_per_1000": "risk with the intervention",
        "difference_per_1000": "difference",
        "difference_low_per_1000": "difference, lower end",
        "difference_high_per_1000": "difference, upper end",
        "effect.ci_low": "lower end of the interval",
        "effect.ci_high": "upper end of the interval",
    }
    if name.startswith("domains."):
        return "why the certainty was lowered"
    return words.get(name, name.rpartition(".")[2].replace("_", " "))
