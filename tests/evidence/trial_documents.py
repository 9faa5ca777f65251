"""The reports of three small trials: their text, tables and sections."""

from indexers.records import Document, Quote, Record, Section, Table, TableCell, text_digest


def quote(document: Document, text: str) -> Quote:
    start = document.text.index(text)
    return document.quote(start, start + len(text))


class DocumentBuilder:
    """Writes a full text left to right, as the JATS reader does."""

    def __init__(self, record_id: str) -> None:
        self.record_id = record_id
        self.text = ""
        self.sections: list[Section] = []
        self.tables: list[Table] = []

    def section(self, path: tuple[str, ...], *paragraphs: str, heading: bool = True) -> None:
        start = len(self.text)
        self.text += f"{path[-1]}\n" if heading else ""
        self.text += "".join(f"{paragraph}\n\n" for paragraph in paragraphs)
        self.sections.append(Section(path=path, start=start, end=len(self.text)))

    def table(self, label: str, caption: str, rows: list[list[str]], note: str) -> None:
        start = len(self.text)
        self.text += f"{label} {caption}\n"
        cells = []
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self.text += " | " if column else ""
                cells.append(
                    TableCell(
                        row=row,
                        column=column,
                        header=row == 0 or column == 0,
                        text=text,
                        start=len(self.text),
                        end=len(self.text) + len(text),
                    )
                )
                self.text += text
            self.text += "\n"
        self.text += f"{note}\n"
        end = len(self.text)
        self.text += "\n"
        self.tables.append(
            Table(
                table_id=label,
                label=label,
                caption=caption,
                start=start,
                end=end,
                cells=tuple(cells),
                footnotes=(note,),
            )
        )

    def document(self) -> Document:
        text = self.text.rstrip("\n")
        return Document(
            document_digest=text_digest(text),
            record_id=self.record_id,
            kind="full_text",
            text=text,
            sections=tuple(self.sections),
            tables=tuple(self.tables),
        )


TRIALS = (
    # author, year, events and totals, pain, nausea, licence
    ("Almeida", 2017, (12, 120, 24, 118), (2.1, 1.1, 3.4, 1.3), "CC BY 4.0"),
    ("Brandt", 2019, (8, 76, 13, 75), (2.6, 1.4, 3.1, 1.2), "CC BY 4.0"),
    ("Chukwu", 2022, (31, 240, 44, 236), (2.3, 1.0, 3.0, 1.1), "CC0"),
)


def trial_record(number: int) -> Record:
    author, year, _, _, licence = TRIALS[number]
    return Record(
        record_id=f"trial-{number + 1}",
        source="Invented corpus",
        title=f"Solvane for acute gleam fever in adults: a randomised, placebo-controlled trial "
        f"({author} et al.)",
        abstract="Relapse is common after gleam fever.",
        pmid=f"9900000{number}",
        doi=f"10.5555/gleam.{year}.{number + 1}",
        year=year,
        journal="Journal of Invented Medicine",
        authors=(f"{author}, Rosa", "Lindqvist, Per", "Okoro, Ada"),
        licence=licence,
    )


def trial_document(number: int) -> Document:
    author, _, (events_i, total_i, events_c, total_c), pain, _ = TRIALS[number]
    builder = DocumentBuilder(f"trial-{number + 1}")
    builder.section(("Title",), trial_record(number).title, heading=False)
    builder.section(
        ("Abstract",),
        "Relapse is common after gleam fever. We randomly assigned "
        f"{total_i + total_c} adults with acute gleam fever to solvane or placebo. Relapse by day "
        f"28 occurred in {events_i} of {total_i} adults given solvane and in {events_c} of "
        f"{total_c} given placebo.",
        heading=False,
    )
    builder.section(("Methods",))
    builder.section(
        ("Methods", "Randomisation and masking"),
        f"At {author} General Hospital the sequence was computer-generated in permuted blocks of "
        "four. Tablets were identical in look and taste. Assessors did not know the allocation.",
        f"In all, {total_i} adults were assigned to solvane 40 mg once daily (SLV) and "
        f"{total_c} to matching placebo for 14 days.",
    )
    builder.section(
        ("Results",),
        f"All adults but three were followed to day 28. Relapse occurred in {events_i} of "
        f"{total_i} adults given solvane and in {events_c} of {total_c} given placebo.",
    )
    mean_i, sd_i, mean_c, sd_c = pain
    builder.table(
        "Table 2",
        "Outcomes by arm",
        [
            ["Outcome", f"Solvane (n = {total_i})", f"Placebo (n = {total_c})"],
            ["Relapse by day 28", f"{events_i} ({events_i / total_i:.1%})", str(events_c)],
            ["Pain at day 7, mean (SD)", f"{mean_i} ({sd_i})", f"{mean_c} ({sd_c})"],
        ],
        "Pain on a numeric scale from 0 to 10.",
    )
    builder.section(
        ("Discussion",),
        "Solvane lowered the number of relapses. Our trial was too small to judge rare harms.",
    )
    return builder.document()
