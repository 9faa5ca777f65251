"""The report of a trial with nothing in it but what a test puts there."""

from indexers.records import Document, Section, text_digest


def report(*, methods: str = "", results: str = "", discussion: str = "") -> Document:
    text, places = "A trial of aspirin\n\n", [Section(path=("Title",), start=0, end=20)]
    for name, body in (("Methods", methods), ("Results", results), ("Discussion", discussion)):
        start = len(text)
        text += f"{name}\n{body}\n\n"
        places.append(Section(path=(name,), start=start, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=tuple(places),
    )
