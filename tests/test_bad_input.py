"""Bad input gives one clear line on standard error and exit code 2, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

QUESTION = 'text = "Is A better than B?"\n[pico]\npopulation = "adults"\n'


def evidence(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evidence", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.toml").write_text(QUESTION)
    (tmp_path / "broken.toml").write_text('text = "x"\n[pico\n')
    (tmp_path / "truncated.xml").write_text("<article><front><article-meta>")
    (tmp_path / "truncated_pubmed.xml").write_text("<PubmedArticleSet><PubmedArticle><Medline")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "numbers.csv").write_text(
        "study,events_intervention,total_intervention,events_comparator,total_comparator\n"
        "A,5,10,3,10\nB,12,10,3,10\n"
    )
    (tmp_path / "sound.csv").write_text(
        "study,events_intervention,total_intervention,events_comparator,total_comparator\n"
        "A,5,10,3,10\nB,2,10,3,10\n"
    )
    (tmp_path / "article.xml").write_text(
        "<article><front><article-meta><title-group><article-title>Solvane"
        "</article-title></title-group></article-meta></front></article>"
    )
    (tmp_path / "query.txt").write_text("(malaria AND artemether")
    (tmp_path / "empty_store").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "manifest.json").write_text('{"format_version": 1, "kind"')
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "manifest.json").write_text("{}")
    (tmp_path / "project" / "review.db").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("run nowhere", "nowhere"),
        ("verify nowhere", "nowhere"),
        ("export nowhere", "nowhere"),
        ("run project", "manifest.json"),
        ("new p --question missing.toml --store store", "missing.toml"),
        ("new p --question broken.toml --store store", "broken.toml:2"),
        ("new p --question good.toml --store empty_store", "empty_store"),
        ("new p --question good.toml --store store", "manifest.json"),
        ("new p --question good.toml --store no_store", "no_store"),
        ("index build missing.xml --store s", "missing.xml"),
        ("index build truncated.xml --store s", "truncated.xml:1"),
        ("index build truncated_pubmed.xml --store s", "truncated_pubmed.xml:1"),
        ("index build empty.csv --store s", "empty.csv"),
        ("index info empty_store", "empty_store"),
        ("index update missing.csv --store store", "missing.csv"),
        ("index delete r1 --store store", "manifest.json"),
        ("search anything --store store --out x.ris", "manifest.json"),
        ("search --check query.txt", "query.txt:1"),
        ("search --check missing.txt --syntax ovid", "missing.txt"),
        ("rank missing.csv --question good.toml", "missing.csv"),
        ("rank empty.csv --question good.toml", "empty.csv"),
        ("extract missing --question good.toml", "missing"),
        ("extract truncated.xml --question good.toml", "truncated.xml:1"),
        ("pool numbers.csv --measure RR --model dl", "numbers.csv:3"),
        ("pool missing.csv --measure RR --model dl", "missing.csv"),
        ("pool sound.csv --measure RR --model dl --out store", "store"),
        ("pool sound.csv --measure RR --model dl --out query.txt/x.json", "query.txt"),
        ("extract article.xml --question good.toml --out store", "store"),
        ("extract article.xml --question good.toml --out query.txt/x.jsonl", "query.txt"),
    ],
)
def test_one_clear_line(folder: Path, command: str, named: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    done = evidence(folder, *command.split())
    assert done.returncode == 2, done.stdout + done.stderr
    assert named in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("command", ["pool x.csv --measure XX --model dl", "run", "unknown"])
def test_usage_errors_exit_with_2(folder: Path, command: str) -> None:
    assert evidence(folder, *command.split()).returncode == 2


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['evidence', '--help']\n"
        "from evidence.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'pandas', 'faiss', 'streamlit', 'sqlalchemy', 'pydantic'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("loaded: []\n")
