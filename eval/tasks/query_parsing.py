"""Boolean queries as review authors wrote them, a part of `search`: how many does the parser take?

`parsed_share` is over the topics that have a query, each parsed whole or not; the interval is
exact. An item names the line (of the file) and the character where a query stops the parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.formats.clef_topics import ClefTopic
from eval.metrics import share_with_interval
from eval.results import EngineScores, Table, TaskResult
from evidence.errors import EvidenceError
from retrievers.boolean.errors import QueryError
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed

_SYNTAXES = ("ovid", "pubmed")


def run_query_parsing(topics: Sequence[ClefTopic]) -> TaskResult:
    """Parse every query in its own syntax.

    Raises:
        EvidenceError: No topic has a query.
    """
    asked = [topic for topic in topics if topic.query or topic.failure is not None]
    if not any(topic.query for topic in asked):
        raise EvidenceError("no topic has a Query: to parse")
    items = [_item(topic) for topic in asked]
    by_syntax = {
        f"parsed_share_{syntax}": [i["parsed"] for i in items if i["syntax"] == syntax]
        for syntax in _SYNTAXES
    }
    shares = {"parsed_share": [i["parsed"] for i in items], **by_syntax}
    metrics = {n: share_with_interval(sum(s), len(s)) for n, s in shares.items() if s}
    by_unit = {i["topic"]: {"parsed_share": float(i["parsed"])} for i in items}
    return TaskResult(
        task="search",
        scores={"offline": EngineScores(metrics, by_unit)},
        items=items,
        tables=(_table(items),),
        notes=(
            f"{len(topics)} topics, {len(topics) - len(asked)} of them without a query and left "
            "out. Parsed means that the parser took all of a query, not that it finds the same.",
        ),
    )


def _item(topic: ClefTopic) -> dict[str, Any]:
    item: dict[str, Any] = {
        "engine": "offline",
        "topic": topic.topic_id,
        "syntax": topic.syntax if topic.failure is None else None,
        "parsed": False,
        "n_lines": None,
        "place": None,
        "why": None,
        "failure": topic.failure,
    }
    if topic.failure is not None:
        return item
    parse = parse_pubmed if topic.syntax == "pubmed" else parse_ovid
    try:
        strategy = parse(topic.query)
    except QueryError as error:
        place = [topic.line + error.line - 1, error.character]
        return item | {"place": place, "why": error.message}
    return item | {"parsed": True, "n_lines": len(strategy.lines)}


def _table(items: Sequence[dict[str, Any]]) -> Table:
    rows = tuple(
        (
            item["topic"],
            item["syntax"] or "–",
            "–" if item["place"] is None else str(item["place"][0]),
            "–" if item["place"] is None else str(item["place"][1]),
            item["why"] or item["failure"],
        )
        for item in items
        if not item["parsed"]
    )
    return Table(
        "Queries that stop the parser", ("topic", "syntax", "line", "character", "why"), rows
    )
