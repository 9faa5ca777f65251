"""The two-letter codes of MeSH subheadings (NLM, MeSH qualifiers), as Ovid writes them."""

from __future__ import annotations

_TABLE = """
ab abnormalities|ad administration and dosage|ae adverse effects|ag agonists|aa analogs and derivatives
an analysis|ah anatomy and histology|ai antagonists and inhibitors|bi biosynthesis|bl blood
bs blood supply|cf cerebrospinal fluid|ch chemistry|ci chemically induced|cl classification
co complications|cn congenital|cs chemical synthesis|ct contraindications|cy cytology
df deficiency|di diagnosis|dg diagnostic imaging|dh diet therapy|de drug effects|dt drug therapy
ec economics|ed education|eh ethnology|em embryology|en enzymology|ep epidemiology|es ethics
et etiology|ge genetics|gd growth and development|hi history|im immunology|in injuries
ir innervation|is instrumentation|ip isolation and purification|lj legislation and jurisprudence
ma manpower|me metabolism|mt methods|mi microbiology|mo mortality|nu nursing|og organization and administration
ps parasitology|py pathogenicity|pa pathology|pk pharmacokinetics|pd pharmacology|pp physiopathology
ph physiology|po poisoning|pc prevention and control|px psychology|ra radiography|ri radionuclide imaging
rt radiotherapy|re radiation effects|rh rehabilitation|sc secondary|st standards|sn statistics and numerical data
sd supply and distribution|su surgery|th therapy|tu therapeutic use|to toxicity|td trends
tm transmission|tr transplantation|ul ultrastructure|us ultrasonography|ur urine|ut utilization
ve veterinary|vi virology
"""  # noqa: E501 -- a table

QUALIFIERS = {
    entry[:2]: entry[3:] for line in _TABLE.strip().splitlines() for entry in line.split("|")
}
CODES = {name: code for code, name in QUALIFIERS.items()}
