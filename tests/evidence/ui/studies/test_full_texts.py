"""The page of full texts: files find their records, what is missing is listed or given up."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evidence.events import RecordIdentified, ReportSought
from evidence.judgements import MACHINE, Provenance
from evidence.project import Project
from evidence.reports.reading import LARGEST_FILE_BYTES
from evidence.reports.uploads import safe_name
from evidence.state import read_state
from evidence.ui.studies.full_text_cards import record_name
from tests.evidence.reports_factory import RECORDS, decided, record, write_article_pdf, write_jats
from tests.evidence.trial_factory import HOSTILE
from tests.evidence.ui.people_factory import PEOPLE, make_project

PROGRAM = Provenance(actor=MACHINE, engine="program")
ADA = "Ada Okoro"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The reports of four records are sought; one is not in the store, one more is hostile."""
    made = make_project(tmp_path / "p", PEOPLE, 1)
    records = (*RECORDS[:4], record(4, title=f"Trial {HOSTILE}"))
    made.append(
        *(RecordIdentified(record=r, score=1.0, ranks={}, provenance=PROGRAM) for r in records),
        *(decided(f"r{number}", "include") for number in (0, 1, 2, 4)),
        ReportSought(record_id="r1", document_digest=None, provenance=PROGRAM),
    )
    return made


def _draw(folder: str) -> None:
    from pathlib import Path

    from evidence.ui.studies.full_texts import page

    page(Path(folder))


def start(folder: Path, name: str = ADA) -> AppTest:
    app = AppTest.from_function(_draw, args=(str(folder),), default_timeout=60).run()
    assert not app.exception
    app.text_input(key="reviewer_input").set_value(name).run()
    return app


def html_of(app: AppTest) -> str:
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style>"))


def drop(app: AppTest, path: Path, name: str = "") -> None:
    file = (name or path.name, path.read_bytes(), "application/octet-stream")
    app.file_uploader(key="full-texts-uploads").set_value([file]).run()
    assert not app.exception


def press(app: AppTest, start_of_key: str) -> None:
    (button,) = (b for b in app.button if (b.key or "").startswith(start_of_key))
    button.click().run()
    assert not app.exception


def brought(project: Project) -> list[tuple[str, str]]:
    """Record and person of each full text that a person brought."""
    return [
        (line.record_id, line.provenance.actor)
        for line in project.entries(ReportSought)
        if line.provenance.by_person and line.document_digest is not None
    ]


def test_what_is_missing_is_listed_with_where_to_look(project: Project) -> None:
    app = start(project.path)
    page = html_of(app)
    assert "4 sought · 0 here · <b>4 still missing</b>" in page
    assert 'href="https://doi.org/10.5555/gleam.1"' in page
    assert f"<b>Okoro1 2011:</b> {RECORDS[1].title}" in page
    assert "not looked for yet" in page and "the store does not have it" in page
    assert "desert field stations" not in page  # its title and abstract wait
    assert "<script>" not in page


def test_a_record_is_called_by_author_year_and_title_never_by_its_id() -> None:
    known = RECORDS[1]
    assert record_name(known) == f"Okoro1 2011: {known.title}"
    nobody = known.model_copy(update={"authors": ()})
    assert record_name(nobody) == f"{known.title} (2011)"
    assert record_name(nobody.model_copy(update={"title": ""})) == known.record_id


def test_a_file_finds_its_record_and_is_attached_once(project: Project, tmp_path: Path) -> None:
    app = start(project.path)
    drop(app, write_jats(tmp_path / "download.xml", RECORDS[1]))
    assert any("Found by its PMCID" in c.value for c in app.caption)
    press(app, "full-texts-attach")
    assert brought(project) == [("r1", ADA)]
    digest = read_state(project).reports["r1"].document_digest
    assert digest is not None
    document = project.document(digest)
    assert document is not None and "Relapse within 28 days" in document.text
    assert "4 sought · 1 here · <b>3 still missing</b>" in html_of(app)
    assert "This is the record’s text in the project." in [s.value for s in app.success]
    assert not [b for b in app.button if (b.key or "").startswith("full-texts-attach")]


def test_no_file_is_taken_that_is_too_large_to_be_read(project: Project) -> None:
    box = start(project.path).file_uploader(key="full-texts-uploads")
    assert box.proto.max_upload_size_mb * 2**20 <= LARGEST_FILE_BYTES


def test_a_title_suggests_and_a_person_chooses(project: Project, tmp_path: Path) -> None:
    app = start(project.path)
    drop(app, write_article_pdf(tmp_path / "scan.pdf", RECORDS[2]))
    assert any("please check" in c.value for c in app.caption)
    (box,) = (s for s in app.selectbox if (s.key or "").startswith("full-texts-record"))
    assert box.value == "r2"
    box.set_value("r0").run()
    press(app, "full-texts-attach")
    assert brought(project) == [("r0", ADA)]
    assert "title is not at its beginning" in app.toast[0].value


def test_another_reports_file_is_refused_until_a_person_insists(
    project: Project, tmp_path: Path
) -> None:
    app = start(project.path)
    drop(app, write_jats(tmp_path / "a.xml", RECORDS[1]))
    (box,) = (s for s in app.selectbox if (s.key or "").startswith("full-texts-record"))
    box.set_value("r2").run()
    assert "expected its own report" in app.warning[0].value
    (button,) = (b for b in app.button if (b.key or "").startswith("full-texts-attach"))
    assert button.disabled
    app.checkbox[0].check().run()
    press(app, "full-texts-attach")
    assert brought(project) == [("r2", ADA)]


def test_what_is_no_full_text_and_an_unsigned_act_write_nothing(
    project: Project, tmp_path: Path
) -> None:
    app = start(project.path, name="")
    (tmp_path / "a.html").write_text("<h1>Sign in</h1><p>Please", encoding="utf-8")
    drop(app, tmp_path / "a.html", "../../a.html")
    assert "a.html: expected a full text" in app.error[0].value.replace("\\", "")
    drop(app, write_jats(tmp_path / "r0.xml", RECORDS[0]))
    press(app, "full-texts-attach")
    assert "write your name" in app.warning[0].value
    assert brought(project) == []


def test_a_report_is_given_up_with_a_reason(project: Project) -> None:
    app = start(project.path)
    app.button(key="full-texts-missing-r1").click().run()
    assert "expected a reason" in app.warning[0].value
    app.text_input(key="full-texts-why-r1").set_value("no library has it")
    app.button(key="full-texts-missing-r1").click().run()
    assert not app.exception
    assert "Ada Okoro: no library has it" in html_of(app)
    assert "1 report could not be had · <b>3 still missing</b>" in html_of(app)
    assert read_state(project).fate("r1") == "not_retrieved"


def test_a_name_cannot_leave_its_folder() -> None:
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("C:\\files\\PMC70001 final.pdf") == "PMC70001_final.pdf"
    assert safe_name("..") == "file"
    assert len(safe_name("x" * 500 + ".pdf")) <= 120
