import re
from itertools import pairwise

import pytest
from lxml import etree

from evidence.prisma import PrismaCounts
from evidence.rendering.prisma_svg import prisma_svg

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = PrismaCounts(
    identified=2412,
    sources={"Corpus & <b>more</b>": 2300, "PubMed": 112},
    duplicates=12,
    screened=2380,
    to_screen=20,
    excluded_title_abstract=2301,
    reasons_title_abstract={
        "Adults with community-acquired pneumonia who were admitted to hospital and treated with "
        "at least one systemic corticosteroid": 2200,
        "x" * 150: 101,
    },
    sought=79,
    not_retrieved=9,
    assessed=60,
    to_assess=10,
    excluded_full_text=40,
    reasons_full_text={"Wrong comparator": 40},
    awaiting=5,
    included=15,
)


STOPPED = COUNTS.model_copy(
    update={
        "ineligible_by_automation": 1234,
        "conflicts_title_abstract": 7,
        "conflicts_full_text": 3,
    }
)


def lines(counts: PrismaCounts) -> list[str]:
    root = etree.fromstring(prisma_svg(counts).encode())
    return ["".join(t.itertext()).strip() for t in root.iter(f"{SVG}text")]


def joined(counts: PrismaCounts) -> str:
    return " ".join(lines(counts)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "box",
    [
        "Records identified (n = 2,412)",
        "Corpus & <b>more</b> (n = 2,300)",
        "Duplicates (n = 12)",
        "Records screened (n = 2,380)",
        "Not yet screened (n = 20)",
        "Records excluded (n = 2,301)",
        "Reports sought for retrieval (n = 79)",
        "Reports not retrieved (n = 9)",
        "Reports assessed for eligibility (n = 60)",
        "Not yet assessed (n = 10)",
        "Reports excluded (n = 40)",
        "Wrong comparator (n = 40)",
        "Reports awaiting a person’s decision (n = 5)",
        "Studies included in review (n = 15)",
    ],
)
def test_every_count_is_in_its_box(box: str) -> None:
    assert box in joined(COUNTS)


def test_the_boxes_of_what_is_left_are_shown_only_when_something_is() -> None:
    done = COUNTS.model_copy(update={"awaiting": 0, "to_screen": 0, "to_assess": 0})
    assert "awaiting" not in prisma_svg(done).partition("</style>")[2]
    assert "Not yet" not in joined(done)


def test_what_nobody_screened_and_what_reviewers_disagree_on_has_its_place() -> None:
    assert "automation" not in prisma_svg(COUNTS)
    assert "disagree" not in prisma_svg(COUNTS)
    words = joined(STOPPED)
    removed = words.index("Records marked as ineligible by automation tools (n = 1,234)")
    assert words.index("Duplicates (n = 12)") < removed < words.index("Records screened")
    for place, number in (("Not yet screened (n = 20)", 7), ("Not yet assessed (n = 10)", 3)):
        assert f"{place} Reviewers disagree, not settled yet (n = {number})" in words
    described = etree.fromstring(prisma_svg(STOPPED).encode()).find(f"{SVG}desc").text
    assert "1234 marked as ineligible by automation tools" in described
    assert "10 judged differently by two reviewers" in described


def test_long_reasons_are_wrapped_and_no_word_is_lost() -> None:
    assert max(map(len, lines(COUNTS))) <= 41
    assert "treated with at least one systemic corticosteroid (n = 2,200)" in joined(COUNTS)
    assert (
        "".join(lines(COUNTS)).count("x") - "".join(lines(COUNTS)).replace("x" * 41, "").count("x")
        == 41 * 3
    )


@pytest.mark.parametrize("counts", [COUNTS, STOPPED], ids=["screened", "stopped"])
def test_boxes_do_not_overlap_and_hold_their_text(counts: PrismaCounts) -> None:
    root = etree.fromstring(prisma_svg(counts).encode())
    height = float(root.get("height"))
    boxes = [r for r in root.iter(f"{SVG}rect") if r.get("class") != "band"]
    for column in {r.get("x") for r in boxes}:
        ends = [
            (float(r.get("y")), float(r.get("y")) + float(r.get("height")))
            for r in boxes
            if r.get("x") == column
        ]
        assert all(end < start for (_, end), (start, _) in pairwise(ends))
        assert ends[0][0] >= 0
        assert ends[-1][1] <= height


def test_it_is_accessible_self_contained_and_well_formed_whatever_the_reasons() -> None:
    hostile = COUNTS.model_copy(
        update={"reasons_full_text": {'</svg><script>alert(1)</script>\x00\x1b"&': 40}}
    )
    svg = prisma_svg(hostile)
    root = etree.fromstring(svg.encode())
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "PRISMA 2020 flow diagram"
    assert "15 included" in root.find(f"{SVG}desc").text
    assert root.find(f".//{SVG}script") is None
    assert re.findall(r"(?:href|src|url\()", svg) == []
    assert svg == prisma_svg(hostile)
