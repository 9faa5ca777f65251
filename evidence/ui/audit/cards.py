"""The audit page's pieces as HTML: lines of the log, the chain, the statement on automation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from evidence.audit import AuditLine
from evidence.rendering.ai_use_text import HEADS, AiUseText
from evidence.ui.cards import joined

_COLUMNS = ("Line", "When (UTC)", "Who", "What", "Record", "Said", "Why")


def audit_style() -> Markup:
    """The style sheet of the page, besides that of the cards."""
    css = (Path(__file__).parent / "audit.css").read_text(encoding="utf-8")
    return Markup("<style>{}</style>").format(Markup(css))  # noqa: S704 - ours


def audit_header(n_lines: int, digest: str, n_people: int) -> Markup:
    """What the log is, in a line each."""
    return Markup(
        '<div class="ev ev-header"><h1>Audit</h1><p>{:,} lines, by {}. Each line '
        "holds the hash of the one before; none can be changed or deleted.</p>"
        '<p class="ev-soft">Hash of the last line, to be noted down with an archive: '
        "<code>{}</code></p></div>"
    ).format(n_lines, _by(n_people), digest)


def _by(n_people: int) -> str:
    if not n_people:
        return "engines alone"
    return f"{'1 person' if n_people == 1 else f'{n_people:,} people'} and by engines"


def log_table(lines: Sequence[AuditLine]) -> Markup:
    """Lines of the log, as they come."""
    heads = joined(Markup('<th scope="col">{}</th>').format(head) for head in _COLUMNS)
    rows = joined(map(_row, lines))
    return Markup(
        '<div class="ev ev-log ev-lines"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        "</div>"
    ).format(heads, rows)


def _row(line: AuditLine) -> Markup:
    who = Markup("<b>{}</b>") if line.by_person else Markup("{}")
    return Markup(
        '<tr><td class="ev-number">{}</td><td class="ev-number">{}</td><td>{}</td><td>{}</td>'
        "<td>{}</td><td>{}</td><td>{}</td></tr>"
    ).format(
        line.seq,
        f"{line.at:%Y-%m-%d %H:%M:%S}" if line.at else "",
        who.format(line.who),
        line.kind,
        line.record_id,
        line.told,
        line.why,
    )


def statement_html(text: AiUseText) -> Markup:
    """The statement on automation, with its table."""
    paragraphs = joined(Markup("<p>{}</p>").format(paragraph) for paragraph in text.paragraphs)
    heads = joined(Markup('<th scope="col">{}</th>').format(head) for head in HEADS)
    rows = joined(
        Markup("<tr>{}</tr>").format(joined(Markup("<td>{}</td>").format(c) for c in row))
        for row in text.rows
    )
    table = Markup(
        '<div class="ev-log"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(heads, rows)
    return Markup('<div class="ev ev-statement">{}{}</div>').format(paragraphs, table)
