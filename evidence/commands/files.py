"""Commands on files, without a project: formulate, rank, extract, calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from evidence.commands.index import StorePath
from evidence.console import JsonFlag, progress_bars, show

files_app = typer.Typer()
QuestionPath = Annotated[Path, typer.Option("--question", help="The question as TOML.")]


@files_app.command()
def formulate(
    question: Annotated[str, typer.Argument(help="The clinical question in words.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("question.toml"),
    settings: Annotated[
        Path | None, typer.Option("--settings", help="Settings as TOML; the default is offline.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="A store whose records give more search terms.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is there; else it is kept as .old.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Draft PICO, eligibility criteria and search strategy; edit the file before you go on.

    A question of several comparisons gives a file each: question.toml, question-2.toml, …
    """
    from evidence.config import Settings
    from evidence.formulation import formulate_files
    from evidence.settings_toml import load_settings

    chosen = load_settings(settings) if settings else Settings()
    with progress_bars(as_json) as progress:
        written = formulate_files(
            question,
            out,
            chosen,
            store,
            force=force,
            progress=lambda done, total: progress("strategy", done, total),
        )
    values = [
        {"file": str(path), **drafted.question.model_dump(mode="json")}
        | drafted.model_dump(mode="json", exclude={"question"}, exclude_none=True)
        for path, drafted, _ in written
    ]
    lines = [f"{path}: {drafted.name}; check it, then go on" for path, drafted, _ in written]
    lines += [f"{path}: what was there is now {kept}" for path, _, kept in written if kept]
    notices = dict.fromkeys(notice for _, drafted, _ in written for notice in drafted.notices)
    lines += [f"note: {notice}" for notice in notices]
    show(as_json, values[0] | {"other_comparisons": values[1:]}, "\n".join(lines))


@files_app.command()
def rank(
    records: Annotated[Path, typer.Argument(help="Records as .csv, .ris, .nbib, .jsonl or .xml")],
    question: QuestionPath,
    out: Annotated[Path, typer.Option(help="The ranking as CSV.")] = Path("ranking.csv"),
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV with record_id and label_included (1 or 0) of records that were screened; "
            "the others are ranked by what these teach."
        ),
    ] = None,
    encoder: Annotated[
        Literal["minilm", "static"],
        typer.Option(help="minilm ranks better; static embeds hundreds of times faster."),
    ] = "minilm",
    as_json: JsonFlag = False,
) -> None:
    """Rank records by how near they are to a question, or as a learner does that knows labels.

    The columns say what a score is made of, and how each criterion stands by title and abstract.
    """
    from evidence.question import load_question
    from evidence.ranking import rank_records, read_labels_included, write_ranking
    from indexers.encoders import named_encoder
    from indexers.references import read_records

    asked, given = load_question(question), read_records(records)
    known = read_labels_included(labels, given) if labels else {}
    with progress_bars(as_json) as progress:
        ranking = rank_records(
            given, asked, encoder=named_encoder(encoder), labels=known, progress=progress
        )
    write_ranking(ranking, out)
    summary = {
        "file": str(out),
        "n_records": len(ranking),
        "n_included": sum(known.values()),
        "n_excluded": len(known) - sum(known.values()),
        "encoder": encoder,
        "first": [ranked.record_id for ranked in ranking[:10]],
    }
    learned = f" by what {len(known)} labels teach" if any(known.values()) else ""
    show(as_json, summary, f"{len(ranking)} ranked{learned}: {out}")


@files_app.command()
def extract(
    records: Annotated[Path, typer.Argument(help="Records, a JATS file or a folder of JATS.")],
    question: QuestionPath,
    out: Annotated[Path, typer.Option(help="One finding a line.")] = Path("findings.jsonl"),
    settings: Annotated[
        Path | None, typer.Option(help="TOML whose engine extracts; the offline one without.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Extract characteristics and numbers with the quote each came from.

    Articles of a folder that cannot be read are named, the others extracted; exit code 1 then.
    Calls to a language model are recorded in a folder `calls` beside the findings.
    """
    from evidence.config import Settings
    from evidence.engines import build_engines
    from evidence.errors import SettingsError
    from evidence.question import load_question
    from evidence.question_fit import QuestionFit
    from evidence.settings_toml import load_settings
    from evidence.sources import read_documents
    from evidence.writing import full_disk_told

    asked = load_question(question)
    fit = QuestionFit(asked)
    if out.is_dir():
        raise SettingsError(f"--out {out}: expected a file, found a folder")
    engine = (load_settings(settings) if settings is not None else Settings()).engine
    out.parent.mkdir(parents=True, exist_ok=True)
    extractor = build_engines(engine, out.parent / "calls").extractor
    problems: list[str] = []
    being_written = out.with_name(f".{out.name}")
    n_documents = n_findings = 0
    try:
        with (
            full_disk_told(out),
            progress_bars(as_json) as progress,
            being_written.open("w", encoding="utf-8") as file,
        ):
            for document in read_documents(records, lambda error: problems.append(str(error))):
                fit.add(document.text)
                entries = extractor.extract(asked, document).entries
                file.writelines(f"{entry.model_dump_json()}\n" for entry in entries)
                n_documents, n_findings = n_documents + 1, n_findings + len(entries)
                progress("extract", n_documents, 0)
        being_written.replace(out)
    finally:
        being_written.unlink(missing_ok=True)
    told = f"{n_findings:,} findings in {n_documents:,} documents: {out}"
    value = {"file": str(out), "n_findings": n_findings, "n_documents": n_documents}
    notices = fit.notices()
    value |= {"not_read": problems, "notices": notices}
    show(as_json, value, "\n".join((told, *problems, *notices)))
    if problems:
        raise typer.Exit(1)


@files_app.command()
def calibrate(
    questions: Annotated[
        Path,
        typer.Argument(
            help="Questions whose records are known: BioASQ, PubMedQA, or JSON lines of "
            "question_id, text and gold (a list of record ids or PMIDs)."
        ),
    ],
    store: StorePath,
    alpha: Annotated[float, typer.Option(help="Largest mean share of gold missed.")] = 0.2,
    delta: Annotated[float, typer.Option(help="Largest chance of being wrong.")] = 0.1,
    out: Annotated[Path, typer.Option(help="The certificate as JSON.")] = Path("contexts.json"),
    as_json: JsonFlag = False,
) -> None:
    """Certify the number of contexts that misses at most a share of the evidence.

    It holds for plain words over this store as it is: `evidence search --certificate` uses it.
    Exit code 1 when no number can be certified: the program then abstains.
    """
    from evidence.searching.certified import calibrate_store
    from evidence.writing import full_disk_told

    with full_disk_told(out), progress_bars(as_json) as progress:
        done = calibrate_store(
            questions,
            store,
            alpha,
            delta,
            out,
            lambda n, of: progress("calibrate", n, of),
        )
    value = {
        "file": str(out),
        "n_left_out": done.n_left_out,
        "n_repeated": done.n_repeated,
        **done.certificate.model_dump(mode="json"),
    }
    show(as_json, value, f"{done.told}: {out}")
    if done.certificate.abstains:
        raise typer.Exit(1)
