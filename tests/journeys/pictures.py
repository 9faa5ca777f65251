"""Draw every page of the app as a picture.

    python -m tests.journeys.pictures --demo evidence-demo/project

makes docs/pages/*.png from a finished demo (`evidence demo` makes one) and from small projects, and
docs/report.png from the report beside the demo's project. In a light colour scheme and 1280 pixels
wide, where the name of the file says nothing else. Nothing is written to the log of the demo.

    python -m tests.journeys.pictures --demo evidence-demo/project --only report

makes the picture of the report alone; any other name makes that page alone.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.people.passwords import hash_password
from evidence.people.register import add_person
from evidence.project import Project
from tests.evidence.duplicates_factory import make_duplicates_project
from tests.evidence.ui.people_factory import TWO, make_project, says
from tests.journeys.reader import Reader
from tests.journeys.serving import ROOT, chromium, served

ADA, BEN = "Ada Okoro", "Ben Quist"
LARGEST = 150_000  # bytes of a picture
REPORT, REPORT_WIDTH, REPORT_HIGH = "report", 1100, 1300
_WITH_PLOTS = 1700
_COLOURS = (256, 128, 64, 32)


@dataclass(frozen=True)
class Picture:
    """A picture to draw.

    Attributes:
        name: Of the file, without its ending.
        path: Of the page.
        shows: What has to be there first.
        who: Says who is at the browser; empty where nobody is asked.
    """

    name: str
    path: str
    shows: str
    who: str = ADA
    width: int = 1280
    high: int = 1000
    dark: bool = False


WITHOUT_PROJECT = (
    Picture("welcome", "", "h1", who=""),
    Picture("new-project", "new-project", "h1", who=""),
)
OF_THE_DEMO = (
    Picture("overview", "", ".ev-flow"),
    Picture("search", "search", ".st-key-search-add-line button"),
    Picture("screening-list", "screening", ".ev-card"),
    Picture("full-texts", "full-texts", ".ev-left"),
    Picture("studies", "studies", ".ev-reading mark"),
    Picture("studies-820", "studies", ".ev-reading mark", width=820),
    Picture("risk-of-bias", "risk-of-bias", "[data-testid=stImage] img"),
    Picture("evidence", "evidence", ".js-plotly-plot", high=_WITH_PLOTS),
    Picture("evidence-dark", "evidence", ".js-plotly-plot", high=_WITH_PLOTS, dark=True),
    Picture("recommendation", "recommendation", ".ev-sentences"),
    Picture("audit", "audit", ".ev-log"),
)
OF_TWO_PEOPLE = (
    Picture("screening", "screening", ".ev-large h3"),
    Picture("screening-dark", "screening", ".ev-large h3", dark=True),
    Picture("screening-820", "screening", ".ev-large h3", width=820),
    Picture("conflicts", "conflicts", ".ev-card"),
)
OF_DUPLICATES = (Picture("duplicates", "duplicates", ".ev-pair"),)
SIGNING_IN = (Picture("sign-in", "", "[data-testid=stForm]", who=""),)


def main() -> None:
    """Draw all pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--demo", type=Path, required=True, help="the project of a finished demo")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pages")
    parser.add_argument("--only", help="the name of one picture, without its ending")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as kept, chromium() as browser:
        folder = Path(kept)
        people = make_people_project(folder / "gleam-fever")
        guarded = make_people_project(folder / "guarded")
        add_person(guarded.path, ADA, ["reviewer"], hash_password("long enough words"))
        rest = (options.out, folder, options.only)
        if options.only in (None, REPORT):
            of_the_report(browser, options.demo.parent / "report.html", options.out.parent)
        draw(browser, None, WITHOUT_PROJECT, *rest)
        draw(browser, options.demo, OF_THE_DEMO, *rest)
        draw(browser, people.path, OF_TWO_PEOPLE, *rest)
        draw(browser, make_duplicates_project(folder / "gleam").path, OF_DUPLICATES, *rest)
        draw(browser, guarded.path, SIGNING_IN, *rest)


def make_people_project(path: Path) -> Project:
    """Two people are half through, and differ on two records."""
    project = make_project(path, TWO, 24)
    project.append(
        *(says(ADA, "include" if i % 3 else "unclear", f"r{i}") for i in range(1, 9)),
        *(says(BEN, "include" if i % 4 else "exclude", f"r{i}", reason="no trial")
          for i in range(1, 9)),
    )  # fmt: skip
    return project


def of_the_report(browser: Any, report: Path, out: Path) -> None:
    """Draw the beginning of the report of the demo, as it opens from the disk."""
    page = browser.new_page(
        viewport={"width": REPORT_WIDTH, "height": REPORT_HIGH}, color_scheme="light"
    )
    page.goto(report.resolve().as_uri())
    page.locator("#recommendation").wait_for()
    body = compressed(page.screenshot())
    page.close()
    (out / f"{REPORT}.png").write_bytes(body)
    print(f"{REPORT}: {len(body) / 1000:.0f} kB")


def draw(
    browser: Any,
    project: Path | None,
    every: tuple[Picture, ...],
    out: Path,
    state: Path,
    only: str | None,
) -> None:
    """Draw pages of one project; each is looked over first, as in a journey."""
    pictures = [picture for picture in every if only in (None, picture.name)]
    if not pictures:
        return
    environment = {"XDG_STATE_HOME": str(state / "state")}
    with served(project, environment=environment, folder=ROOT) as (_, address):
        for picture in pictures:
            with _opened(browser, address, picture) as reader:
                body = compressed(reader.page.screenshot())
                (out / f"{picture.name}.png").write_bytes(body)
                print(f"{picture.name}: {len(body) / 1000:.0f} kB")


@contextmanager
def _opened(browser: Any, address: str, picture: Picture) -> Iterator[Reader]:
    reader = Reader(
        browser,
        address,
        viewport={"width": picture.width, "height": picture.high},
        color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce",
    )
    reader.opens(picture.path)
    reader.page.locator(picture.shows).first.wait_for()
    if picture.who:
        reader.says_who(picture.who)
    reader.page.locator("[data-testid=stSkeleton]").first.wait_for(state="detached")
    reader.looks_over()
    yield reader
    reader.leaves()


def compressed(picture: bytes) -> bytes:
    """A PNG with as many colours as its size allows."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    body = b""
    for colours in _COLOURS:
        kept = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
        body = kept.getvalue()
        if len(body) <= LARGEST:
            break
    return body


if __name__ == "__main__":
    main()
