"""A Word document as the bytes of a file: the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docx.document import Document

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that the format knows


def docx_text(text: str) -> str:
    """The text with a mark in place of characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def add_plot(document: Document, svg: str, alt: str) -> None:
    """A plot of plain shapes as a picture, as wide as the page at most, with words for it.

    Raises:
        EvidenceError: matplotlib, which draws it, is not installed.
    """
    from docx.shared import Emu

    from evidence.synthesis.raster import png_of

    picture = document.add_picture(io.BytesIO(png_of(svg)))
    room = document._block_width  # the page without its margins
    if picture.width > room:
        picture.height, picture.width = Emu(picture.height * room // picture.width), Emu(room)
    picture._inline.docPr.set("descr", docx_text(alt))  # python-docx has no way of its own


def docx_bytes(document: Document) -> bytes:
    """The document as an archive with one fixed date on every file in it."""
    packed, target = io.BytesIO(), io.BytesIO()
    document.save(packed)
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(target, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return target.getvalue()
