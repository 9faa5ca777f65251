"""The command line: its commands, a module each, in the order that the help lists them."""

from __future__ import annotations

import typer

from evidence.commands.add import add_app
from evidence.commands.appraise import appraise_app
from evidence.commands.copy import copy_app
from evidence.commands.demo import demo_app
from evidence.commands.doctor import doctor_app
from evidence.commands.duplicates import duplicates_app
from evidence.commands.export import export_app
from evidence.commands.files import files_app
from evidence.commands.index import index_app
from evidence.commands.new import new_app
from evidence.commands.people import people_app
from evidence.commands.pool import pool_app
from evidence.commands.reports import reports_app
from evidence.commands.run import run_app
from evidence.commands.screening import screening_app
from evidence.commands.search import search_app
from evidence.commands.search_batch import batch_app
from evidence.commands.serve import serve_app
from evidence.commands.verify import verify_app
from evidence.commands.what_if import what_if_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From a clinical question to a recommendation that can be checked line by line.",
    epilog="Decision support: a person decides. Start with `evidence demo`.",
)
app.add_typer(demo_app)
app.add_typer(new_app)
app.add_typer(run_app)
app.add_typer(verify_app)
app.add_typer(export_app)
app.add_typer(files_app)
app.add_typer(add_app)
app.add_typer(pool_app)
app.add_typer(search_app)
app.add_typer(batch_app)
app.add_typer(duplicates_app)
app.add_typer(appraise_app)
app.add_typer(doctor_app)
app.add_typer(copy_app)
app.add_typer(screening_app, name="screening")
app.add_typer(index_app, name="index")
app.add_typer(reports_app, name="reports")
app.add_typer(what_if_app)
app.add_typer(people_app, name="people")
app.add_typer(serve_app)
