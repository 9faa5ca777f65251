"""Where screening of titles and abstracts stands, as HTML: figures, gain curve, certificate."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evidence.config import ScreeningSettings
from evidence.screening.certificate_words import certificate_sentence
from evidence.screening.recall_estimate import FEWEST_INCLUDED, RecallEstimate
from evidence.screening.standing import StoppingStanding
from evidence.screening.stopping_acts import is_lost
from evidence.screening.stopping_advice import StoppingAdvice
from evidence.ui.screening.headers import bar

_MOST_CORNERS = 100


def progress(
    standing: StoppingStanding,
    estimate: RecallEstimate | None,
    confidence: float,
    n_by_viewer: int | None = None,
) -> Markup:
    """What is screened and found so far, and the estimated recall.

    Args:
        standing: Where stopping stands.
        estimate: None while too few are included.
        confidence: Of the estimate's interval.
        n_by_viewer: Records the viewer has judged, where two reviewers judge each.
    """
    screened, total = standing.n_screened, standing.n_records
    figures = [
        ("screened", f"{screened:,} of {total:,}", ""),
        ("included", f"{standing.n_included:,}", "unclear counts, too"),
        ("since the last included", f"{since_last_included(standing):,}", "no reason to stop"),
    ]
    if n_by_viewer is not None:
        figures[0] = (
            "settled",
            f"{screened:,} of {total:,}",
            "two judged it, or it was adjudicated",
        )
        figures.insert(1, ("judged by you", f"{n_by_viewer:,} of {total:,}", ""))
    rows = Markup("").join(
        Markup("<div><dt>{}</dt><dd><b>{}</b>{}</dd></div>").format(
            name, value, Markup(" <span>{}</span>").format(note) if note else ""
        )
        for name, value, note in figures
    )
    return Markup(
        '<section class="ev ev-panel" aria-label="Progress"><h2>Titles and abstracts</h2>{}'
        "<dl>{}</dl>{}{}</section>"
    ).format(
        bar(screened, total, "records screened"),
        rows,
        gain_curve(standing.labels, total),
        _recall(standing, estimate, confidence),
    )


def since_last_included(standing: StoppingStanding) -> int:
    """Records screened since the last included one; all of them while none is included."""
    after = 0
    for label in reversed(standing.labels):
        if label:
            break
        after += 1
    return after


def _recall(
    standing: StoppingStanding, estimate: RecallEstimate | None, confidence: float
) -> Markup:
    if estimate is None:
        few = f"Recall cannot be estimated from fewer than {FEWEST_INCLUDED} included records."
        return Markup('<p class="ev-soft">{}</p>').format(few)
    expected = round(float(estimate.n_expected))
    return Markup(
        "<p>Recall so far: about <b>{:.2f}</b> ({:g} % interval {:.2f} to {:.2f}), "
        '{} left to find. <span class="ev-caution">An estimate, no guarantee.</span></p>'
    ).format(
        float(estimate.recall),
        100 * confidence,
        estimate.low,
        estimate.high,
        f"about {expected:,}" if expected else "few or none",
    )


def gain_curve(labels: Sequence[int], n_records: int) -> Markup:
    """Included records found against records screened; empty before the first one.

    Drawn with clip paths, because Streamlit lets no SVG through and its colours follow the theme.
    """
    found = sum(labels)
    if not found:
        return Markup("")
    points = [
        (f"{100 * screened / n_records:.1f}%", f"{100 - 100 * included / found:.1f}%")
        for screened, included in _thinned(labels)
    ]
    end = points[-1][0]
    # The line is a band that leads along the curve and back. The curve never falls, so half of it
    # lies up and left of the curve, and half down and right.
    line = [f"calc({x} - .8px) calc({y} - .8px)" for x, y in points]
    line += [f"calc({x} + .8px) calc({y} + .8px)" for x, y in reversed(points)]
    area = [*(f"{x} {y}" for x, y in points), f"{end} 100%"]
    told = f"{found:,} included among the {len(labels):,} screened of {n_records:,} records"
    return Markup(
        '<div class="ev-gain"><div class="ev-scale"><span>{found:,}</span><span>0</span></div>'
        '<div class="ev-curve" role="img" aria-label="{told}">'
        '<i style="clip-path: polygon({area})"></i><b style="clip-path: polygon({line})"></b></div>'
        '<div></div><div class="ev-scale ev-under"><span>records screened</span>'
        "<span>{total:,}</span></div></div>"
    ).format(
        found=found,
        told=told,
        area=", ".join(area),
        line=", ".join(line),
        total=n_records,
    )


def _thinned(labels: Sequence[int]) -> list[tuple[int, int]]:
    """The curve's corners: records screened and included, at most some hundred of them."""
    places = [number for number, label in enumerate(labels, 1) if label]
    step = -(-len(places) // _MOST_CORNERS)
    corners = [(0, 0)]
    for included, screened in list(enumerate(places, 1))[::step]:
        corners += [(screened - 1, corners[-1][1]), (screened, included)]
    return [*corners, (len(labels), len(places))]


def stopping(
    standing: StoppingStanding, advised: StoppingAdvice, screening: ScreeningSettings
) -> Markup:
    """Whether screening may stop: certificate, sample or advice, in sentences."""
    lines: list[str] = []
    if standing.certificate is not None:
        lines.append(f"Screening is stopped: {certificate_sentence(standing.certificate)}.")
    elif standing.void_certificate is not None:
        lines.append(f"The certificate is void: {standing.void_reason}.")
    if standing.sample_void_reason and not standing.stopped:
        lines.append(f"The sample is of no use any more: {standing.sample_void_reason}.")
    lines += _sample_lines(standing)
    if not standing.stopped and (standing.sample is None or is_lost(standing.sample)):
        lines += _advice_lines(standing, advised, screening)
    return Markup(
        '<section class="ev ev-panel" aria-label="Stopping"><h2>When to stop</h2>{}</section>'
    ).format(Markup("").join(Markup("<p>{}</p>").format(line) for line in lines))


def _sample_lines(standing: StoppingStanding) -> list[str]:
    sample = standing.sample
    if sample is None:
        return []
    size = len(sample.drawn.record_ids)
    told = (
        f"Random sample, fixed in advance: {sample.n_judged:,} of {size:,} judged, "
        f"{sample.n_included:,} included."
    )
    if is_lost(sample):
        return [told, "It can no longer certify the target: read on by priority, then draw again."]
    if sample.to_screen:
        return [told, "Its records come first; what it finds decides whether screening may stop."]
    return [told, "It is complete: screening may be stopped on it."]


def _advice_lines(
    standing: StoppingStanding, advised: StoppingAdvice, screening: ScreeningSettings
) -> list[str]:
    unscreened = len(standing.unscreened)
    if not unscreened:
        return ["Every record is screened."]
    target, sure = screening.target_recall, 100 * screening.confidence
    if not advised.n_needed:
        return [
            f"The {unscreened:,} unscreened records cannot bring recall below {target:g}: "
            "screening may be stopped without a sample."
        ]
    told = (
        f"To be {sure:g} % sure of a recall of {target:g}, a random sample of "
        f"{advised.n_needed:,} of the {unscreened:,} unscreened records has to be read, "
        "if none of them is included."
    )
    if advised.begin:
        return [told, "Advice: draw it now."]
    wait = f"about {advised.n_to_wait:,} more in a row without an included one"
    return [told, f"Advice: read on by priority, {wait}; the sample then gets smaller, too."]
