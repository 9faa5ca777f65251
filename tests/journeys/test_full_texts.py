"""A missing full text is dropped onto its page, finds its record, and is read where it belongs."""

from __future__ import annotations

from pathlib import Path

from evidence.events import RecordIdentified, ReportSought
from evidence.judgements import MACHINE, Provenance
from evidence.verification import verify
from tests.evidence.reports_factory import RECORDS, decided, write_article_pdf
from tests.evidence.ui.people_factory import PEOPLE, make_project
from tests.journeys.conftest import Visit

PROGRAM = Provenance(actor=MACHINE, engine="program")


def test_a_full_text_is_attached_and_read(visit: Visit, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", PEOPLE, 1)
    project.append(
        RecordIdentified(record=RECORDS[1], score=1.0, ranks={}, provenance=PROGRAM),
        decided("r1", "include"),
        ReportSought(record_id="r1", document_digest=None, provenance=PROGRAM),
    )
    ada = visit(project.path)
    ada.opens("full-texts", "Ada Okoro")
    ada.heading("Full texts")
    ada.sees("1 still missing")
    file = write_article_pdf(tmp_path / "download.pdf", RECORDS[1])
    ada.page.locator("input[type=file]").set_input_files(file)
    ada.sees("please check")
    ada.presses("Attach")
    ada.told("Attached to Okoro1 2011")
    ada.sees("0 still missing")

    ada.goes_to("Screening", heading=project.manifest.question.text)
    ada.clicks(ada.page.get_by_role("radio", name="Full texts"))
    ada.page.locator(".st-key-full-text").get_by_text("Relapse within 28 days").first.wait_for()
    assert list(verify(project)) == []
