"""No text makes a pattern run without end: the command of long_texts.py on a part of all."""

from __future__ import annotations

import re
import subprocess
import sys

from evidence.reading.sentences import LONGEST_SPACE, split_sentences
from indexers.records import Record, abstract_document
from tests.security.long_texts import hostile_texts


def searched(n_characters: int, *packages: str) -> str:
    """What the command says, when nothing is over its budget."""
    words = [*packages, "--characters", str(n_characters), "--seconds", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.long_texts", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_patterns_of_readers_and_queries_are_within_their_budget() -> None:
    told = searched(600, "prompts", "indexers", "retrievers.boolean", "evidence.reports")
    assert re.search(r"^\d{2,} patterns, 0 over", told)


def test_no_pattern_at_all_tries_every_way() -> None:
    assert re.search(r"^\d{3,} patterns, 0 over", searched(150))


def test_a_pattern_that_tries_every_way_is_found() -> None:
    made = {"nested": re.compile(r"(?:a+)+$"), "shared": re.compile(r"x(?:\w|\d)*!")}
    texts = {name: list(hostile_texts(pattern, 30, 30)) for name, pattern in made.items()}
    assert any(text.startswith("a" * 30) for text in texts["nested"])
    assert any(text.startswith("x" + "a" * 30) for text in texts["shared"])


def test_a_long_run_of_white_space_ends_a_sentence() -> None:
    gap = " \t\u00a0" * LONGEST_SPACE
    text = f"Of 50{gap}patients{' ' * (LONGEST_SPACE - 1)}9 relapsed.{gap}{gap}None died."
    told = [text[start:end] for start, end in split_sentences(text)]
    assert told == [
        *("Of 50", f"patients{' ' * (LONGEST_SPACE - 1)}9 relapsed.", "None died."),
    ]
    document = abstract_document(Record(record_id="r", source="s", title="T", abstract=text))
    spans = split_sentences(document.text)
    assert not any(re.search(rf"\s{{{LONGEST_SPACE}}}", document.text[a:b]) for a, b in spans)
