"""MeSH subheadings: their two-letter codes, and the narrower ones that PubMed searches with them.

Source: National Library of Medicine, MeSH qualifiers and their hierarchies
(https://www.nlm.nih.gov/mesh/subhierarchy.html). Subheadings that MeSH has given up (radiography,
secretion, utilization, ...) are kept, for older records, where they last stood.
"""

from __future__ import annotations

from collections.abc import Iterable

from indexers.exact_fields import subheading_words

_TABLE = """
ab abnormalities|ad administration and dosage|ae adverse effects|ag agonists|aa analogs and derivatives
an analysis|ah anatomy and histology|ai antagonists and inhibitors|bi biosynthesis|bl blood
bs blood supply|cf cerebrospinal fluid|ch chemistry|ci chemically induced|cl classification
co complications|cn congenital|cs chemical synthesis|ct contraindications|cy cytology
df deficiency|di diagnosis|dg diagnostic imaging|du diagnostic use|dh diet therapy|de drug effects|dt drug therapy
ec economics|ed education|eh ethnology|em embryology|en enzymology|ep epidemiology|es ethics
et etiology|ge genetics|gd growth and development|hi history|im immunology|in injuries
ir innervation|is instrumentation|ip isolation and purification|lj legislation and jurisprudence
ma manpower|me metabolism|mt methods|mi microbiology|mo mortality|nu nursing|og organization and administration
ps parasitology|py pathogenicity|pa pathology|pk pharmacokinetics|pd pharmacology|pp physiopathology
ph physiology|po poisoning|pc prevention and control|px psychology|ra radiography|ri radionuclide imaging
rt radiotherapy|re radiation effects|rh rehabilitation|sc secondary|se secretion|st standards|sn statistics and numerical data
sd supply and distribution|su surgery|th therapy|tu therapeutic use|to toxicity|td trends
tm transmission|tr transplantation|ul ultrastructure|us ultrasonography|ur urine|ut utilization
ve veterinary|vi virology
"""  # noqa: E501 -- a table

QUALIFIERS = {
    entry[:2]: entry[3:] for line in _TABLE.strip().splitlines() for entry in line.split("|")
}
CODES = {name: code for code, name in QUALIFIERS.items()}
_BY_WORDS = {subheading_words(name): name for name in CODES}

# All that is narrower, at any depth: a subheading may stand at several places with other branches.
_FAMILIES_TABLE = """
analysis: blood|cerebrospinal fluid|isolation and purification|urine
anatomy and histology: abnormalities|blood supply|cytology|embryology|innervation|pathology|ultrastructure
cytology: ultrastructure
embryology: abnormalities
chemistry: agonists|analogs and derivatives|antagonists and inhibitors|chemical synthesis
diagnosis: diagnostic imaging|pathology|radiography|radionuclide imaging|ultrasonography
etiology: chemically induced|complications|congenital|embryology|genetics|immunology|microbiology|parasitology|secondary|transmission|virology
complications: secondary
microbiology: virology
organization and administration: economics|legislation and jurisprudence|manpower|standards|supply and distribution|trends|utilization
pharmacology: administration and dosage|adverse effects|agonists|antagonists and inhibitors|diagnostic use|pharmacokinetics|poisoning|toxicity
adverse effects: poisoning|toxicity
physiology: biosynthesis|blood|cerebrospinal fluid|deficiency|enzymology|genetics|growth and development|immunology|metabolism|pharmacokinetics|physiopathology|secretion|urine
metabolism: biosynthesis|blood|cerebrospinal fluid|deficiency|enzymology|pharmacokinetics|urine
statistics and numerical data: epidemiology|ethnology|mortality|supply and distribution|utilization
epidemiology: ethnology|mortality
therapeutic use: administration and dosage|adverse effects|poisoning
therapy: diet therapy|drug therapy|nursing|prevention and control|radiotherapy|rehabilitation|surgery|transplantation
surgery: transplantation
"""  # noqa: E501 -- a table

NARROWER = {
    name: tuple(narrower.split("|"))
    for name, narrower in (line.split(": ") for line in _FAMILIES_TABLE.strip().splitlines())
}


def subheading_name(text: str) -> str | None:
    """The subheading of a name or a code (`dt`, `prevention & control`); None if there is none."""
    words = subheading_words(text)
    return QUALIFIERS.get(words) or _BY_WORDS.get(words)


def with_narrower(names: Iterable[str]) -> tuple[str, ...]:
    """Subheadings with all narrower ones, each once."""
    return tuple(dict.fromkeys(n for name in names for n in (name, *NARROWER.get(name, ()))))
