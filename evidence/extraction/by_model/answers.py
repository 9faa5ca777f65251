"""What a language model may answer when it extracts; every answer names the place it rests on.

In each answer the place comes first, so that it is sought first. A model copies and computes
nothing: numbers are answered as text, as they are printed.
"""

from __future__ import annotations

from typing import Literal

from indexers.records import Frozen

What = Literal[
    "events", "total", "percent", "mean", "sd", "se", "ci_low", "ci_high", "median", "q1", "q3",
    "minimum", "maximum", "n", "estimate",
]  # fmt: skip
EffectMeasure = Literal["none", "OR", "RR", "RD", "MD", "SMD", "HR"]


class NumberAnswer(Frozen):
    """One number: the cell it stands in (`T1 R3 C2`) or words around it, and how it is printed."""

    cell: str
    quote: str
    what: What
    printed: str


class ResultAnswer(Frozen):
    """One result of an outcome: the two arms, their numbers, and an effect if one is printed."""

    intervention_arm: str
    comparator_arm: str
    time_point: str
    analysis_population: str
    unit: str
    intervention_numbers: tuple[NumberAnswer, ...]
    comparator_numbers: tuple[NumberAnswer, ...]
    effect_measure: EffectMeasure
    effect_adjusted: bool
    effect_numbers: tuple[NumberAnswer, ...]


class NumbersAnswer(Frozen):
    """All results of one outcome that the excerpts give."""

    results: tuple[ResultAnswer, ...]


class CharacteristicAnswer(Frozen):
    """One value of one field, in words of its quote."""

    field: str
    quote: str
    value: str


class ArmAnswer(Frozen):
    """A group of the trial; `size` as printed, empty where it is not told."""

    quote: str
    name: str
    role: Literal["intervention", "comparator", "other"]
    size: str


class CharacteristicsAnswer(Frozen):
    """The fields that the excerpts tell, and the arms."""

    characteristics: tuple[CharacteristicAnswer, ...]
    arms: tuple[ArmAnswer, ...]
