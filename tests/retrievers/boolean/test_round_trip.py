"""What is read is written back to the same, whatever it is."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrievers.boolean.errors import QueryError
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.to_ovid import to_ovid
from retrievers.boolean.to_pubmed import to_pubmed
from retrievers.boolean.tree import Query
from retrievers.boolean.tree_json import to_json
from tests.retrievers.boolean.trees import only, trees

FUZZ = settings(max_examples=200, derandomize=True, suppress_health_check=list(HealthCheck))
PIECES = ["(", ")", "[", "]", '"', "AND", "or", "NOT", "adj3", "exp", "/", "*", "$", "?", "#1",
          "#2", "1", "2", "or/1-9", ".ti,ab.", ".zz.", "[tiab]", "[mh:noexp]", "[tiab:~3]", "[dp]",
          "[xx]", "2000:2010", ":", "\n", "\t", "1.", "limit 1 to", "use", "asthma", "Infant,",
          "naïve", "“", "”", "//", "\u202e", "\x00", "𝟙", " "]  # fmt: skip


@FUZZ
@given(trees(ovid=False))
def test_pubmed_text_parses_back_to_the_same_tree(query: Query) -> None:
    assert only(parse_pubmed(to_pubmed(query))) == query


@FUZZ
@given(trees(ovid=True))
def test_ovid_text_parses_back_to_the_same_tree(query: Query) -> None:
    assert only(parse_ovid(to_ovid(query))) == query


@FUZZ
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join) | st.text(max_size=80))
def test_mangled_queries_are_read_or_refused_and_written_back(text: str) -> None:
    for parser, write in ((parse_pubmed, to_pubmed), (parse_ovid, to_ovid)):
        try:
            strategy = parser(text)
        except QueryError as error:
            assert error.line >= 1 and error.character >= 1
            continue
        json.dumps(to_json(strategy))
        try:
            written = write(strategy)
        except QueryError:
            continue
        again = parser(written)
        assert write(again) == written
