"""The versions of the recommendation and what changed between them, as HTML; all escaped."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evidence.decision.versions import (
    SentenceChange,
    Version,
    decision_changes,
    headline,
    other_changes,
    sentence_changes,
)
from evidence.findings import Recommendation
from evidence.rendering.differences import differing_words
from evidence.rendering.marks import marked
from evidence.ui.cards import joined
from evidence.ui.recommendation.cards import DATE, written


def history_html(history: Sequence[Version]) -> Markup:
    """Every version, the newest first, with what changed from the one before."""
    before = {v.number + 1: v for v in history}
    return joined(_version(v, before.get(v.number)) for v in reversed(history))


def difference_html(before: Recommendation, after: Recommendation) -> Markup:
    """What changed, word by word; sentences that stayed are left out."""
    changes = [c for c in sentence_changes(before, after) if c.kind != "same"]
    lines = [Markup("<p>{}</p>").format(line) for line in other_changes(before, after)]
    lines += [_change(change) for change in changes]
    for title, found in decision_changes(before, after):
        lines.append(Markup("<p><b>{}</b></p>").format(title))
        lines += [_change(change) for change in found if change.kind != "same"]
    if not lines:
        return Markup('<div class="ev"><p class="ev-soft">Nothing changed.</p></div>')
    return Markup('<div class="ev ev-diff">{}</div>').format(joined(lines))


def _version(version: Version, before: Version | None) -> Markup:
    reason = version.edit.provenance.reason if version.edit.provenance.by_person else ""
    signatures = [
        f"Signed by {s.name}"
        + (f", {s.at.strftime(DATE)} UTC" if s.at else "")
        + (f", with these open: {'; '.join(s.left_open)}" if s.left_open else "")
        for s in version.signatures
    ]
    gone = [f"{s.name} withdrew the signature: {s.reason}" for s in version.withdrawn]
    if before is None:
        changed = Markup('<p class="ev-soft">{}</p>').format(headline(version.edit.recommendation))
    else:
        changed = Markup("<details><summary>What changed</summary>{}</details>").format(
            difference_html(before.edit.recommendation, version.edit.recommendation)
        )
    return Markup(
        '<div class="ev ev-version"><h3>Version {}</h3><p class="ev-soft">{}</p>{}{}</div>'
    ).format(
        version.number,
        " · ".join(filter(None, [written(version), reason, *signatures, *gone])),
        Markup("") if signatures else Markup('<p class="ev-soft">Not signed.</p>'),
        changed,
    )


def _change(change: SentenceChange) -> Markup:
    old = change.before.text if change.before else ""
    new = change.after.text if change.after else ""
    if change.kind == "other support":
        return Markup("<p>Other support: {}</p>").format(new)
    spans = differing_words(old, new) if old and new else None
    if spans is None or not any(spans):  # punctuation and signs are no words
        left = Markup('<del class="ev-gone">{}</del>').format(old)
        right = Markup('<ins class="ev-new">{}</ins>').format(new)
    else:
        left = marked(
            old, 0, len(old), spans[0],
            lambda _: Markup('<del class="ev-gone">'), lambda _: Markup("</del>"),
        )  # fmt: skip
        right = marked(
            new, 0, len(new), spans[1],
            lambda _: Markup('<ins class="ev-new">'), lambda _: Markup("</ins>"),
        )  # fmt: skip
    return joined(
        Markup('<p data-sign="{}">{}</p>').format(sign, text)
        for sign, text, there in (("−", left, old), ("+", right, new))
        if there
    )
