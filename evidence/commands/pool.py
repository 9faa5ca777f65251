"""`evidence pool`: from a table of outcomes to the pooled effect, its plots and analyses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from evidence.console import JsonFlag, inert_lines, show
from evidence.writing import write_whole

pool_app = typer.Typer()


@pool_app.command()
def pool(
    outcomes: Annotated[Path, typer.Argument(metavar="OUTCOMES.csv", help="One study a row.")],
    measure: Annotated[str, typer.Option(help="OR, RR, RD, MD, SMD or HR.")],
    model: Annotated[str, typer.Option(help="fixed, mh, peto, dl, pm or reml.")],
    out: Annotated[Path, typer.Option(help="The result as JSON.")] = Path("pooled.json"),
    hksj: Annotated[bool, typer.Option("--hksj", help="Hartung-Knapp interval.")] = False,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Pool without each study in turn.")
    ] = False,
    cumulative: Annotated[
        bool, typer.Option("--cumulative", help="Pool as the studies were added.")
    ] = False,
    asymmetry: Annotated[
        bool,
        typer.Option(
            "--asymmetry", help="Egger, Peters, trim and fill; a funnel shows what is filled."
        ),
    ] = False,
    order: Annotated[
        str | None, typer.Option(help="Column of numbers, such as year, that cumulates.")
    ] = None,
    subgroup: Annotated[str | None, typer.Option(help="Column that names subgroups.")] = None,
    plot: Annotated[
        str | None, typer.Option(help="forest, funnel, baujat, leave-one-out or cumulative.")
    ] = None,
    plot_out: Annotated[
        Path | None, typer.Option(help="Where the plot is written: .svg, .png or .html.")
    ] = None,
    title: Annotated[str, typer.Option(help="The plot's title; the file's name else.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Pool the studies of a table.

    CSV with commas and decimal points, a column study and those of one kind:

    events_intervention, total_intervention, events_comparator, total_comparator

    mean_intervention, sd_intervention, n_intervention,
    mean_comparator, sd_comparator, n_comparator

    estimate, ci_low, ci_high

    yi, se (logarithms for ratios)

    Clusters, crossovers, shared comparators, other intervals: docs/STATISTICS.md.

    Analyses that are asked for are written beside the result, as NAME.analyses.json.
    """
    from evidence.synthesis.outcome_table import read_outcome_table
    from evidence.synthesis.outcomes_csv import pooled_json
    from evidence.synthesis.pool_analyses import analyses_json
    from evidence.synthesis.pool_words import heterogeneity_words, told_effect

    drawn = _plot_file(plot, plot_out)
    table = read_outcome_table(outcomes, measure, model, hartung_knapp=hksj)
    effect = table.pool()
    result = pooled_json(effect)
    words = [f"{told_effect(effect)}: {out}"]
    asked = analyses_json(
        table,
        leave_one_out=leave_one_out,
        cumulative=cumulative,
        asymmetry=asymmetry,
        order=order,
        subgroup=subgroup,
    )
    picture = None
    if plot is not None and drawn is not None:
        from evidence.synthesis.pool_plots import draw

        picture = draw(
            plot,  # type: ignore[arg-type]  # check_plot has looked
            table,
            effect,
            drawn.suffix,
            title=title or outcomes.stem,
            subgroup=subgroup,
            order=order,
            filled=asymmetry,
        )
    _write(out, result)
    if asked:
        beside = out.with_suffix(".analyses.json")
        _write(beside, asked)
        words.append(f"{', '.join(asked)}: {beside}")
    if picture is not None and drawn is not None:
        write_whole(drawn, picture)
        words.append(f"{plot} plot: {drawn}")
    words[1:1] = filter(None, (heterogeneity_words(effect), *effect.note.split("; ")))
    if as_json and effect.note:
        typer.echo(inert_lines(effect.note), err=True)
    show(as_json, result, "\n".join(words))


def _plot_file(plot: str | None, plot_out: Path | None) -> Path | None:
    """Where the plot goes, before anything is computed."""
    from evidence.errors import SettingsError
    from evidence.synthesis.pool_plots import check_plot

    if plot is None:
        if plot_out is not None:
            raise SettingsError(f"--plot-out {plot_out}: expected --plot to say which plot")
        return None
    chosen = plot_out or Path(f"{plot}.svg")
    check_plot(plot, chosen)
    return chosen


def _write(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())
