"""Risk of bias as a traffic-light plot: a row a study, a column a domain, as SVG.

The look is that of robvis (McGuinness & Higgins, Res Synth Methods 2021;12:55-61). Each judgement
has a sign beside its colour, so that the plot reads without colour, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category, combining, east_asian_width
from xml.sax.saxutils import escape

from evidence.errors import EvidenceError
from evidence.number_words import counted

_NAME_WIDTH = 220
_COLUMN = 62
_ROW = 40
_RADIUS = 13
_MARGIN = 20
_LEGEND_ROW = 22
_TOP = 100
_BROAD = 7.4  # the width of a letter in the plot's size, even in a wide font

SIGN_PATHS = {
    "low": "M-5.5 0H5.5M0 -5.5V5.5",
    "some_concerns": "M-5.5 0H5.5",
    "moderate": "M-5.5 0H5.5",
    "high": "M-4.2 -4.2L4.2 4.2M4.2 -4.2L-4.2 4.2",
    "serious": "M-4.2 -4.2L4.2 4.2M4.2 -4.2L-4.2 4.2",
    "critical": "M0 -6V1.8M0 5.4V5.6",
    "unclear": "M-3.3 -2.6C-3.3 -7.2 3.6 -7 3.4 -2.7C3.3 -0.2 0 -0.2 0 2.2M0 5.6V5.8",
    "no_information": "M-5.2 -0.1V0.1M0 -0.1V0.1M5.2 -0.1V0.1",
}
LEVEL_WORDS = {
    "low": "Low",
    "some_concerns": "Some concerns",
    "moderate": "Moderate",
    "high": "High",
    "serious": "Serious",
    "critical": "Critical",
    "unclear": "Not judged yet",
    "no_information": "No information",
}
STYLE = """
.rob{--ink:#1d2733;--soft:#56616d;--paper:#ffffff;--line:#c3ccd4;--band:#eef2f4;
--low:#2f7d4f;--middle:#f0c63f;--high:#bd352c;--critical:#6d1220;--none:#43729b;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,
sans-serif;font-size:13px}
@media screen and (prefers-color-scheme:dark){.rob{--ink:#e7ebef;--soft:#a7b1bb;--paper:#171d24;
--line:#3d4853;--band:#202932}}
.rob text{fill:var(--ink)}
.rob .ground{fill:var(--paper)}
.rob .heading{font-weight:600;font-size:16px}
.rob .head{font-weight:600}
.rob .soft{fill:var(--soft);font-size:12px}
.rob .middle{text-anchor:middle}
.rob .end{text-anchor:end}
.rob .band{fill:var(--band)}
.rob .grid{fill:none;stroke:var(--line)}
.rob .low{fill:var(--low)}
.rob .some_concerns,.rob .moderate{fill:var(--middle)}
.rob .high,.rob .serious{fill:var(--high)}
.rob .critical{fill:var(--critical)}
.rob .unclear,.rob .no_information{fill:var(--none)}
.rob .sign{fill:none;stroke:#ffffff;stroke-width:2.4;stroke-linecap:round}
.rob .sign.dark{stroke:#2f2700}
.rob text.on{fill:#ffffff;font-weight:600;font-size:12px}
.rob text.on.dark{fill:#2f2700}
"""
DARK_SIGNS = frozenset(("some_concerns", "moderate"))


@dataclass(frozen=True)
class PlotDomain:
    """A column of the plot: what heads it, and what the legend says."""

    label: str
    title: str


@dataclass(frozen=True)
class JudgedStudy:
    """A row of the plot: a judgement for each domain in their order, and the overall one.

    `weight` is the study's share of the pooled effect, on any scale; only a weighted summary
    needs it.
    """

    study: str
    judgements: tuple[str, ...]
    overall: str
    weight: float | None = None


ROB2_DOMAINS = (
    PlotDomain("D1", "Randomisation process"),
    PlotDomain("D2", "Deviations from intended interventions"),
    PlotDomain("D3", "Missing outcome data"),
    PlotDomain("D4", "Measurement of the outcome"),
    PlotDomain("D5", "Selection of the reported result"),
)
ROB2_LEVELS = ("low", "some_concerns", "high", "unclear")
ROBINS_I_DOMAINS = (
    PlotDomain("D1", "Confounding"),
    PlotDomain("D2", "Selection of participants"),
    PlotDomain("D3", "Classification of interventions"),
    PlotDomain("D4", "Deviations from intended interventions"),
    PlotDomain("D5", "Missing data"),
    PlotDomain("D6", "Measurement of outcomes"),
    PlotDomain("D7", "Selection of the reported result"),
)
ROBINS_I_LEVELS = ("low", "moderate", "serious", "critical", "no_information", "unclear")


def traffic_light_svg(
    studies: Sequence[JudgedStudy],
    domains: Sequence[PlotDomain] = ROB2_DOMAINS,
    levels: Sequence[str] = ROB2_LEVELS,
    title: str = "Risk of bias",
    name: str = "traffic-light",
) -> str:
    """The plot as one SVG element without external references.

    Args:
        studies: The rows in their order.
        domains: The columns before `Overall`.
        levels: The judgements of the tool, for the legend.
        title: Stands over the plot.
        name: Begins the ids of title and description, for several pictures on a page; letters.

    Raises:
        EvidenceError: A study has a judgement that is not a level, or not one for each domain.
    """
    check_studies(studies, domains, levels)
    grid_width = _COLUMN * (len(domains) + 1) + 10
    bottom = _TOP + _ROW * len(studies)
    legend_rows = max(len(domains), len(levels)) + 1
    legend_left = _MARGIN + 8
    titles_end = legend_left + 42 + max((len(d.title) for d in domains), default=0) * _BROAD
    width = math.ceil(max(_NAME_WIDTH + grid_width, titles_end + 24 + 150) + 2 * _MARGIN)
    height = bottom + 34 + legend_rows * _LEGEND_ROW + 10
    parts = [
        written(_MARGIN, 34, shortened(title, width - 2 * _MARGIN, 9.2), "heading"),
        written(_MARGIN, 53, counted(len(studies), "study", plural="studies"), "soft"),
        *_heads(domains),
    ]
    for at, study in enumerate(studies):
        parts += _study_row(study, domains, _TOP + at * _ROW, at % 2 == 0)
    parts.append(_frame(len(domains), len(studies)))
    parts += _legend(domains, levels, legend_left, bottom + 40, max(titles_end + 24, 330))
    return framed(parts, width, height, title, _description(studies, domains), name)


def check_studies(
    studies: Sequence[JudgedStudy], domains: Sequence[PlotDomain], levels: Sequence[str]
) -> None:
    """Refuse what a plot cannot show.

    Raises:
        EvidenceError: A study has a judgement that is not a level, or not one for each domain.
    """
    for study in studies:
        if len(study.judgements) != len(domains):
            raise EvidenceError(
                f"{study.study!r} has {len(study.judgements)} judgements; "
                f"expected one for each of {len(domains)} domains"
            )
        for level in (*study.judgements, study.overall):
            if level not in levels or level not in SIGN_PATHS:
                raise EvidenceError(
                    f"{study.study!r} is judged {level!r}; expected one of {', '.join(levels)}"
                )


def framed(
    parts: Sequence[str], width: int, height: int, title: str, description: str, name: str
) -> str:
    """The SVG element around the parts of a plot of this family."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rob" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(plain(title))}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc><style>{STYLE}</style>'
        f'<rect class="ground" width="{width}" height="{height}"/>{"".join(parts)}</svg>'
    )


def light(x: float, y: float, level: str, tooltip: str = "", radius: float = _RADIUS) -> str:
    """A disc with the colour and the sign of a judgement."""
    shown = f"<title>{escape(plain(tooltip))}</title>" if tooltip else ""
    dark = " dark" if level in DARK_SIGNS else ""
    scale = "" if radius == _RADIUS else f" scale({radius / _RADIUS:.3g})"
    return (
        f'<g transform="translate({x:g} {y:g}){scale}">{shown}'
        f'<circle class="{level}" r="{_RADIUS}"/><path class="sign{dark}" '
        f'd="{SIGN_PATHS[level]}"/></g>'
    )


def written(x: float, y: float, text: str, kind: str = "", whole: str = "") -> str:
    """A line of text; `whole` is shown on pointing at it."""
    marked = f' class="{kind}"' if kind else ""
    tooltip = f"<title>{escape(plain(whole))}</title>" if whole else ""
    return f'<text x="{x:g}" y="{y:g}"{marked}>{escape(plain(text))}{tooltip}</text>'


def named(x: float, y: float, name: str, room: float, kind: str = "") -> str:
    """A name, cut where it does not fit into the room in pixels; whole on pointing at it."""
    short = shortened(name, room)
    return written(x, y, short, kind, name if short != plain(name) else "")


def shortened(text: str, room: float, letter: float = _BROAD) -> str:
    """The text within the room in pixels, with an ellipsis where it was cut."""
    flat = plain(text)
    widths = [2 * letter if east_asian_width(ch) in "WF" else letter for ch in flat]
    if sum(widths) <= room:
        return flat
    kept, used = 0, letter
    while kept < len(flat) and used + widths[kept] <= room:
        used += widths[kept]
        kept += 1
    while kept and combining(flat[kept]):
        kept -= 1
    return flat[:kept].rstrip() + "…"


def plain(text: str) -> str:
    """One line of characters that XML allows, without those that turn the writing round."""
    left_out = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    return " ".join("".join(" " if category(ch) in left_out else ch for ch in text).split())


def _column(at: int, n_domains: int) -> float:
    """The middle of a column; the overall judgement stands a little apart."""
    return _MARGIN + _NAME_WIDTH + _COLUMN * (at + 0.5) + (10 if at == n_domains else 0)


def _heads(domains: Sequence[PlotDomain]) -> list[str]:
    y = _TOP - 13
    return [
        written(_MARGIN + 8, y, "Study", "head"),
        *(
            written(_column(at, len(domains)), y, d.label, "head middle", d.title)
            for at, d in enumerate(domains)
        ),
        written(_column(len(domains), len(domains)), y, "Overall", "head middle"),
    ]


def _study_row(
    study: JudgedStudy, domains: Sequence[PlotDomain], y: float, banded: bool
) -> list[str]:
    width = _NAME_WIDTH + _COLUMN * (len(domains) + 1) + 10
    middle = y + _ROW / 2
    parts = []
    if banded:
        parts.append(
            f'<rect class="band" x="{_MARGIN}" y="{y:g}" width="{width}" height="{_ROW}"/>'
        )
    parts.append(named(_MARGIN + 8, middle + 4.5, study.study, _NAME_WIDTH - 20))
    heads = [*(f"{d.label} {d.title}" for d in domains), "Overall"]
    for at, (head, level) in enumerate(zip(heads, (*study.judgements, study.overall), strict=True)):
        told = f"{study.study}, {head}: {LEVEL_WORDS[level]}"
        parts.append(light(_column(at, len(domains)), middle, level, told))
    return parts


def _frame(n_domains: int, n_studies: int) -> str:
    left, right = _MARGIN + _NAME_WIDTH, _MARGIN + _NAME_WIDTH + _COLUMN * n_domains
    bottom = _TOP + _ROW * n_studies
    lines = "".join(f"M{left + _COLUMN * at} {_TOP}V{bottom}" for at in range(n_domains + 1))
    end = right + 10 + _COLUMN
    lines += f"M{right + 10} {_TOP}V{bottom}M{_MARGIN} {_TOP}H{end}M{_MARGIN} {bottom}H{end}"
    return f'<path class="grid" d="{lines}"/>'


def _legend(
    domains: Sequence[PlotDomain], levels: Sequence[str], left: float, top: float, second: float
) -> list[str]:
    parts = [written(left, top, "Domains", "head"), written(second, top, "Judgement", "head")]
    for at, domain in enumerate(domains):
        y = top + (at + 1) * _LEGEND_ROW
        parts += [written(left, y, domain.label, "soft"), written(left + 34, y, domain.title)]
    for at, level in enumerate(levels):
        y = top + (at + 1) * _LEGEND_ROW
        parts += [
            light(second + 8, y - 4.5, level, radius=8),
            written(second + 24, y, LEVEL_WORDS[level]),
        ]
    return parts


def _description(studies: Sequence[JudgedStudy], domains: Sequence[PlotDomain]) -> str:
    """The plot in words, for those who do not see it."""
    lines = []
    for study in studies:
        told = [
            f"{d.label} {LEVEL_WORDS[level].lower()}"
            for d, level in zip(domains, study.judgements, strict=True)
        ]
        overall = LEVEL_WORDS[study.overall].lower()
        lines.append(f"{plain(study.study)}: {', '.join(told)}; overall {overall}.")
    return " ".join(lines) or "No study is judged."
