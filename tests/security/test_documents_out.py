"""A Word document and plots that hold text of others hold it as text."""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree

from evidence.export import _markdown as markdown
from evidence.rendering.report_docx import render_docx
from evidence.rendering.report_html import inline_svg
from tests.evidence.test_export import report_with

FIELD = '{ DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" } \\input{x} $\\write18{id}$'
MARKUP = '</w:t><w:fldSimple w:instr="DDEAUTO calc"/><w:t>'
LINK = 'doi:10.1/x"/><a href="javascript:alert(1)">'


def test_word_has_no_fields_macros_or_outside_parts_of_hostile_text() -> None:
    plain = parts(render_docx(report_with("A trial", "Smith 2020")))
    hostile = parts(render_docx(report_with(f"{FIELD} {MARKUP} {LINK}", f"{MARKUP}{FIELD}")))
    assert hostile.keys() == plain.keys()
    assert not any(name.endswith((".bin", ".vbs")) or "embeddings" in name for name in hostile)
    body = hostile["word/document.xml"].decode()
    assert "DDEAUTO" in "".join(etree.fromstring(body.encode(), PARSER).itertext())
    for sign in ("w:fldSimple", "w:instrText", "w:altChunk", "w:object", "w:subDoc"):
        assert body.count(f"<{sign}") == plain["word/document.xml"].decode().count(f"<{sign}")
    for name, content in hostile.items():
        if name.endswith(".rels"):
            for target in re.findall(
                r'Target="([^"]*)"[^>]*TargetMode="External"', content.decode()
            ):
                assert target.startswith("https://doi.org/"), target


def test_plots_keep_nothing_that_acts_or_loads() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'onload="alert(1)"><script>alert(1)</script><image xlink:href="http://x/"/>'
        '<foreignObject><p/></foreignObject><a href="javascript:alert(1)"><text>t</text></a>'
        '<use xlink:href="#a"/></svg>'
    )
    made = str(inline_svg(svg, "p-"))
    for sign in ("<script", "alert", "http://x", "foreignObject", "javascript"):
        assert sign not in made
    assert "#p-a" in made


def test_markdown_shows_formulas_of_latex_and_markup_as_they_are() -> None:
    text = markdown(report_with(f"{LINK} <script>alert(1)</script> ![i](http://x/)", "A"))
    assert not re.search(r"(?<!\\)<(?:a|script)\b", text)
    assert not re.search(r"(?<!\\)!?(?<!\\)\[i(?<!\\)\]", text)


PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def parts(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
