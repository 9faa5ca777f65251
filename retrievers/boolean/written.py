"""What PubMed's and Ovid's writers share: brackets and lines."""

from __future__ import annotations

import re
from collections.abc import Callable

from retrievers.boolean.tree import And, Not, Or, Query, SearchStrategy

Writer = Callable[[Query], str]


def term_text(words: tuple[str, ...], syntax_word: re.Pattern[str]) -> str:
    """The words of a term; with hyphens where one of them would be read as syntax."""
    if any(syntax_word.fullmatch(word.rstrip("*?#$")) for word in words):
        return "-" + "-".join(words)  # `stop-and-go` is one term, `stop and go` are two
    return " ".join(words)


def joined(query: And | Or | Not, write: Writer, words: tuple[str, str, str]) -> str:
    """A compound with brackets around compound operands; `words` stand for AND, OR and NOT."""

    def bracketed(operand: Query) -> str:
        text = write(operand)
        return f"({text})" if isinstance(operand, And | Or | Not) else text

    match query:
        case And(operands):
            return f" {words[0]} ".join(map(bracketed, operands))
        case Or(operands):
            return f" {words[1]} ".join(map(bracketed, operands))
        case Not(included, excluded):
            return f"{bracketed(included)} {words[2]} {bracketed(excluded)}"


def numbered(strategy: SearchStrategy, write: Writer, mark: str) -> str:
    """One line a query; the number is left out when there is one line only."""
    if [line.number for line in strategy.lines] == [1]:
        text = write(strategy.lines[0].query)
        # In brackets, nothing looks like a line's number or a comment.
        return f"({text})" if text[:1].isdigit() or text[:1] in "/#" else text
    return "\n".join(mark.format(line.number) + write(line.query) for line in strategy.lines)
