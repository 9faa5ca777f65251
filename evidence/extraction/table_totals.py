"""How many were analysed: the numbers of participants that a table prints for a cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evidence.extraction.arm_labels import header_n
from evidence.extraction.arm_mentions import TrialArm, mentions
from evidence.extraction.arm_results import Count
from evidence.extraction.tables import Grid, ValueCell
from evidence.extraction.wording import Span, flatten

_N_LABEL = re.compile(
    r"^\W*(?:n|no\.?|number|number of (?:patients|participants|subjects|children))"
    r"(?: (?:analy[sz]ed|assessed|evaluated|randomi[sz]ed|included|with data"
    r"|available))?\W*$", re.I,
)  # fmt: skip
# Captions and notes after which the size of the arm is not the number analysed.
PARTIAL = re.compile(
    r"\bn(?:'?s)?\s*=\s*\d|complete (?:data|cases?)|\bcomplet(?:ed|ers)\b|\bsurviv(?:ing|ors)\b"
    r"|\bremained\b|with (?:available )?data\b|\bsub-?(?:sample|set)\b|per[- ]protocol", re.I,
)  # fmt: skip
_AT_RISK = re.compile(
    r"^\W*(?-i:N)\W*$|\bat risk\b|\b(?:analy[sz]ed|assessed|evaluated|evaluable)\b"
    r"|^\W*total(?: n| no\.?| number)?\W*$|^\W*(?:n|no\.?|number) of (?:patients|participants"
    r"|subjects|children)\W*$", re.I,
)  # fmt: skip
_TOTAL = re.compile(r"\d{1,9}")
_ARM_N = re.compile(
    r"\s*(?:group|arm)?\s*(?:[=:]\s*(\d{1,3}(?:,\d{3})+|\d+)|\(\s*(\d+)\s*\)\W*$)", re.I
)


_COUNTED = re.compile(
    r"(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d+) (?:[^\W\d]+ )?"
    r"(?:patients|participants|subjects|children|women|men|adults|infants|people)\b", re.I,
)  # fmt: skip


def of_fewer(caption: str, arms: tuple[TrialArm, ...]) -> bool:
    """Whether a caption counts fewer people than the arms of the question have together."""
    sizes = [arm.size.count for arm in arms if arm.size is not None]
    counted = [int(m.group(1).replace(",", "")) for m in _COUNTED.finditer(flatten(caption))]
    return len(sizes) == len(arms) and any(n < sum(sizes) and n > max(sizes) for n in counted)


def row_totals(grid: Grid) -> dict[tuple[object, ...], Count]:
    """Numbers analysed that rows print: `n | 98 | 46`, by the row's other wordings and column."""
    totals: dict[tuple[object, ...], Count] = {}
    unclear: set[tuple[object, ...]] = set()
    for value in grid.cells:
        if value.labels and is_n_label(value.labels[-1].text):
            total = _total_in(value)
            if total is not None:
                key = _n_key(value)
                if key in totals and totals[key].number != total.number:
                    unclear.add(key)
                totals[key] = total
    return {key: total for key, total in totals.items() if key not in unclear}


def _total_in(value: ValueCell) -> Count | None:
    """The number of a cell that holds nothing else; `12¹` has a mark and is none."""
    digits = flatten(value.cell.text).strip().replace(",", "")
    if _TOTAL.fullmatch(digits) is None or int(digits) == 0:
        return None
    return Count(int(digits), Span(value.cell.start, value.cell.end))


def is_n_label(text: str) -> bool:
    """Whether a wording heads numbers of participants and nothing else."""
    return _N_LABEL.match(flatten(text)) is not None


def _n_key(value: ValueCell) -> tuple[object, ...]:
    over = tuple(h.start for h in value.headings), tuple(c.text for c in value.labels[:-1])
    return (*over, value.cell.column)


def column_total(value: ValueCell, beside: Sequence[ValueCell], *, mean: bool) -> Count | None:
    """The number analysed in a column of its own (`n | Mean (SD)`, `At risk | Events | %`).

    Args:
        value: The cell of the result.
        beside: The arm's other cells of the same row.
        mean: Whether the result is a mean; beside a count, `n` alone may be the count.
    """
    found = {}
    for other in beside:
        label = other.columns[-1].text if other.columns else ""
        shared = [c.start for c in other.columns[:-1]] == [c.start for c in value.columns[:-1]]
        named = _AT_RISK.search(flatten(label)) or (mean and is_n_label(label))
        total = _total_in(other)
        if shared and named and total is not None and other.cell.row_span == 1:
            found[other.cell.start] = total
    return next(iter(found.values())) if len(found) == 1 else None


def printed_total(
    grid: Grid,
    value: ValueCell,
    arm: TrialArm,
    arms: tuple[TrialArm, ...],
    totals: dict[tuple[object, ...], Count],
    *,
    in_columns: bool,
) -> Count | None:
    """The number analysed of an arm that a heading or a row prints for a cell.

    The label of a row counts only where it names the arm: `Women (n = 120)` are of both arms.
    """
    below = grid.labels_by_row.get(value.cell.row + 1, ())
    for cell in (*reversed(value.labels), *below):
        for mention in mentions(cell.text, arms):
            found = _ARM_N.match(flatten(cell.text), mention.end)
            if found and mention.arm is arm:
                number = int((found.group(1) or found.group(2)).replace(",", ""))
                return Count(number, Span(cell.start, cell.end))
    inside = _in_block(grid, value, arm, arms) if in_columns else None
    if inside is not None:
        return inside
    if _n_key(value) in totals:  # a row of numbers analysed is nearer than the heading
        return totals[_n_key(value)]
    beside = (*reversed(value.labels), *reversed(value.headings))
    own = (c for c in beside if any(m.arm is arm for m in mentions(c.text, arms)))
    for cell in reversed(value.columns) if in_columns else own:
        count = header_n(cell.text)
        if count:
            return Count(count, Span(cell.start, cell.end))
    return None


def _in_block(
    grid: Grid, value: ValueCell, arm: TrialArm, arms: tuple[TrialArm, ...]
) -> Count | None:
    """The one number that an arm's cells print in the rows of an outcome: `14.6 (8.7) N = 20`.

    It is nearer than the number in the arm's heading.
    """
    label = value.labels[0] if value.labels else None
    heads = [c for c in value.columns if any(m.arm is arm for m in mentions(c.text, arms))]
    if label is None or label.row_span < 2 or not heads:
        return None
    under = range(heads[0].column, heads[0].column + heads[0].column_span)
    rows = range(label.row, label.row + label.row_span)
    found = {
        count: Span(c.start, c.end)
        for c in grid.table.cells
        if c.row in rows and c.column in under and (count := header_n(c.text)) is not None
    }
    return Count(*next(iter(found.items()))) if len(found) == 1 else None
