"""An explanation as a fragment of HTML, every text of others escaped."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from evidence.query_debugger.explanation import Explanation, Part
from evidence.query_debugger.explanation_text import named, number, part_facts, plain, summary


def as_html(explanation: Explanation) -> str:
    """One `section` with a table of lines, a tree of parts and the lost records."""
    parts = [_tag("p", summary(explanation)), _lines(explanation), _trees(explanation)]
    if explanation.lost:
        parts.append(_tag("h3", "Lost known records"))
        parts.append(_list(_lost_items(explanation)))
    nothing = explanation.adding_nothing()
    if nothing:
        parts.append(_tag("h3", "Terms that add nothing to their OR"))
        parts.append(
            _list(
                Markup("#{} <code>{}</code>: {} alone").format(at, plain(p.text), number(p.hits))
                for at, p in nothing
            )
        )
    parts += [_tag("p", f"Note: {plain(note)}") for note in explanation.notes]
    return str(
        Markup('<section class="query-debugger">{}</section>').format(Markup("").join(parts))
    )


def _tag(name: str, text: str) -> Markup:
    return Markup(f"<{name}>{escape(text)}</{name}>")  # noqa: S704 -- the text is escaped


def _list(items: Iterable[Markup]) -> Markup:
    inner = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup("<ul>{}</ul>").format(inner)


def _lines(explanation: Explanation) -> Markup:
    n_known = len(explanation.known)
    heads = ["Line", "Hits", *(["Known records found"] if n_known else []), "Query"]
    rows = []
    for line in explanation.lines:
        cells = [Markup('<th scope="row">{}</th>').format(line.number)]
        cells.append(_tag("td", number(line.hits)))
        if n_known:
            cells.append(_tag("td", f"{n_known - len(line.missed)} of {n_known}"))
        cells.append(Markup("<td><code>{}</code></td>").format(plain(line.shown)))
        rows.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in heads)
    return Markup(
        "<table><caption>Lines of the strategy</caption><thead><tr>{}</tr></thead>"
        "<tbody>{}</tbody></table>"
    ).format(head, Markup("").join(rows))


def _trees(explanation: Explanation) -> Markup:
    n_known = len(explanation.known)
    trees = [
        Markup("<details><summary>Line {}: {}</summary>{}</details>").format(
            line.number, number(line.hits), _list([_part(line.tree, n_known)])
        )
        for line in explanation.lines
    ]
    return Markup("").join(trees)


def _part(part: Part, n_known: int) -> Markup:
    sign = "NOT " if part.role == "excluded" else ""
    facts = part_facts(part, n_known)
    said = f" ({'; '.join(facts)})" if facts else ""
    if part.kind in ("and", "or", "not"):
        name = _tag("b", sign + part.kind.upper())
    else:
        name = Markup("{}<code>{}</code>").format(sign, plain(part.text))
    below = _list(_part(o, n_known) for o in part.operands) if part.operands else Markup("")
    return Markup("{}: {}{}{}").format(name, number(part.hits), said, below)


def _lost_items(explanation: Explanation) -> Iterable[Markup]:
    for lost in explanation.lost:
        obstacles = _list(
            Markup("{} <code>{}</code>, line {}, character {}{}").format(
                obstacle.how,
                plain(obstacle.text),
                obstacle.line,
                obstacle.character,
                " (found if this is dropped)" if obstacle.alone else "",
            )
            for obstacle in lost.obstacles
        )
        yield Markup("{}{}").format(plain(named(lost.record)), obstacles)
