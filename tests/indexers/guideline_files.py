"""PDF files for tests, made line by line."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_pdf(
    path: Path, contents: Sequence[bytes], outline: Iterable[tuple[int, str, int]] = ()
) -> Path:
    """A PDF of a page per content stream; `outline` holds level, words and 0-based page."""
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, EncodedStreamObject, NameObject

    writer = PdfWriter()
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = DictionaryObject({NameObject(k): NameObject(v) for k, v in names.items()})
    for packed in contents:
        stream = EncodedStreamObject()
        stream._data = packed
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
        page = writer.add_blank_page(612, 792)
        page[NameObject("/Contents")] = writer._add_object(stream)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    parents = {}
    for level, words, number in outline:
        parent = parents.get(level - 1)
        parents[level] = writer.add_outline_item(title=words, page_number=number, parent=parent)
    writer.write(path)
    return path


def page_content(text: str) -> bytes:
    """The packed content stream that shows some lines."""
    lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
    return zlib.compress(f"BT /F1 11 Tf 14 TL 50 740 Td {lines} ET".encode())


def packed_zeros(n_megabytes: int) -> bytes:
    """Megabytes of zeros, packed without holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1024 * 1024)
    return b"".join([*(packer.compress(block) for _ in range(n_megabytes)), packer.flush()])
