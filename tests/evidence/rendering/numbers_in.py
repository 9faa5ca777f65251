"""The numbers of a page and of a text, to tell whether an export lost one."""

from __future__ import annotations

import re

from lxml import html as lxml_html

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])")
_UNPRINTED = (
    "//style",
    "//nav",
    "//svg//title",
    "//svg//desc",
    "//*[@class='back']",
    "//*[contains(concat(' ', @class, ' '), ' skip ')]",
    # On paper only the quoted paragraphs of a source are printed.
    "//div[@class='text']/*[not(contains(@class, 'quoted'))]",
)

_MARKS = ("//a[@class='cite']", "//span[@class='num']", "//figure[not(@class='flow')]")


def numbers_of_text(text: str) -> set[str]:
    """Each number as it is written, thousands and decimals together."""
    return set(_NUMBER.findall(text))


def numbers_of_html(page: str, under: str = "//main", *, without_marks: bool = False) -> set[str]:
    """The numbers that a reader of the page sees on paper.

    Args:
        page: The report.
        under: An XPath of the parts to read.
        without_marks: Leave out the numbers of citations and what only stands in a plot.
    """
    tree = lxml_html.fromstring(page)
    for path in (*_UNPRINTED, *(_MARKS if without_marks else ())):
        for element in tree.xpath(path):
            element.drop_tree()
    texts = [text for part in tree.xpath(under) for text in part.itertext()]
    return numbers_of_text("\n".join(texts))
