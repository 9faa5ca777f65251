"""British and American spellings of the words that searches are made of, and open compounds.

Only listed word parts are respelled: a rule such as -our/-or alone would also turn `hour` and
`doctor`, -ise/-ize `exercise`. Where a spelling is in doubt, nothing is proposed.
"""

from __future__ import annotations

import re

# A part of a word, British | American, and where it may stand, as a regular expression with {}.
_PARTS = r"""
haem|hem ^{}(?=at|ag|an|ar|o) haem|hem (?:oxy|met|deoxy|carboxy){}oglobin
aemia|emia (?<!^acad)(?<!^boh){}s?$ aem|em (?:glyc|isch|leuk|lipid|thalass|septic|bacter|vol){}i
aem|em ^(?:an|hypox|ur|vir|tox){}ic$ paed|ped ^{}(?=iatr|odont) paed|ped ortho{} gynaec|gynec {}
anaesth|anesth {} caesar|cesar ^{} faec|fec ^(?:de)?{}(?=al|es|at) aetiolog|etiolog ^{}
caec|cec ^{}(?:um|al)$ oesoph|esoph {} oedema|edema (?<!^angi){}(?:s|tous)?$ oestr|estr ^(?:anti|phyto)?{}(?=ogen|adiol|iol|one|ous|us)
foet|fet ^{}(?=al|us|o) rrhoea|rrhea {} pnoe|pne {}(?=a|ic) coeliac|celiac ^{} homoeo|homeo ^{}(?=path)
amoeb|ameb ^{} manoeuvre|maneuver ^{}s?$ leucocyt|leukocyt ^{} sulph|sulf {}(?=a|o|u|i)
tumour|tumor {}(?:s|al)?$ behaviour|behavior {} colour|color ^(?:dis)?{}(?:s|ed|ing|less)?$
labour|labor ^{}(?:s|ed|ing|er|ers)?$ odour|odor ^{}s?$ humour|humor ^{}s?$ vapour|vapor ^{}s?$
favour|favor ^{} flavour|flavor ^{}(?:s|ed|ing)?$ neighbour|neighbor ^{} honour|honor ^{}(?:s|ed)?$
centre|center (?:^|multi|epi){}s?$ fibre|fiber ^{}s?$ litre|liter (?:^|milli|deci){}s?$
metre|meter (?:^|milli|centi|kilo){}s?$ theatre|theater ^{}s?$ goitre|goiter ^{}s?$ titre|titer ^{}s?$
programme|program ^{}s?$ catalogue|catalog ^{}s?$ analogue|analog ^{}s?$ ageing|aging ^(?:anti)?{}$
artefact|artifact ^{}s?$ grey|gray ^{}$ judgement|judgment ^{}s?$ enrolment|enrollment ^{}s?$
aluminium|aluminum ^{}$ defence|defense ^{}s?$ tranquillis|tranquiliz ^{}(?=e)
counsell|counsel ^{}(?:ing|ed|or|ors|ings)$ modell|model (?:^|re){}(?:ing|ed)$ labell|label ^{}(?:ing|ed)$
travell|travel ^{}(?:ing|ed|er|ers)$ cancell|cancel ^{}(?:ing|ed)$ signall|signal ^{}(?:ing|ed)$
tunnell|tunnel ^{}(?:ing|ed)$ channell|channel ^{}(?:ing|ed)$
analys|analyz ^{}(?:e|ed|ing|er|ers)$ paralys|paralyz ^{}(?:e|ed|ing)$ catalys|catalyz ^{}(?:e|ed|ing)$
dialys|dialyz (?:^|haemo|hemo){}(?:e|ed|ing|er|ers)$ hydrolys|hydrolyz ^{}(?:e|ed|ing)$
isation|ization ^(?!improv)\w{3,}{}s?$
"""  # noqa: E501 -- a table
# What stands before -ise/-ize, -ised, -ising, -iser.
_BEFORE_ISE = """
random hospital immun steril categor character standard minim maxim optim organ recogn normal
stabil util visual mobil local special general neutral sensit colon crystall emphas individual
institutional internal external marginal modern prior rational real social stigmat synthes victim
criminal personal digit fertil hypnot legal memor metabol nebul oxid pressur summar traumat
catheter cannul anonym equal familiar final formal harmon homogen lateral pasteur cauter mechan
polymer polar epithelial vascular mineral computer central author capital contextual dramat
medical national operational penal popular radical regular scrutin symbol finger sanit hydrol
"""
# Truncated words are respelled when they begin like one of these.
_OPENINGS = """
tumour|tumor behaviour|behavior colour|color paediatr|pediatr haemat|hemat haemo|hemo
anaesth|anesth oesoph|esoph oestr|estr gynaec|gynec oedem|edem leukaem|leukem ischaem|ischem
anaem|anem foet|fet diarrhoea|diarrhea orthopaed|orthoped fibre|fiber centre|center sulph|sulf
caesar|cesar faec|fec aetiol|etiol coeliac|celiac septicaem|septicem hypoglycaem|hypoglycem
hyperglycaem|hyperglycem glycaem|glycem labour|labor neighbour|neighbor favour|favor
dyspnoe|dyspne apnoe|apne lymphoedem|lymphedem
"""
# With a blank or hyphen between, which are the same to PubMed and Ovid, or as one word.
_OPEN_OR_CLOSED = """
post mortem|post operative|pre operative|peri operative|post natal|pre natal|post partum
post traumatic|post menopausal|pre menopausal|post treatment|pre treatment|pre school|pre term
pre symptomatic|pre hospital|non adherent|non adherence|non compliance|non compliant|non invasive
non pharmacological|non pharmacologic|non smoker|non smokers|non alcoholic|non steroidal|non opioid
multi drug|multi centre|multi center|multi disciplinary|multi component|multi factorial
co morbidity|co morbidities|re admission|re admissions|health care|life style|life styles
follow up|birth weight|bed rest|face mask|face masks|face shield|face shields|hand washing
"""
# The form in one word is so common that only it is proposed.
_CLOSED_MOSTLY = """
anti microbial|anti microbials|anti bacterial|anti bacterials|anti viral|anti virals|anti fungal
anti retroviral|anti depressant|anti depressants|anti psychotic|anti psychotics|anti hypertensive
anti coagulant|anti coagulants|anti epileptic|anti convulsant|anti malarial|tele health
tele medicine|tele monitoring|tele care|care giver|care givers|well being|sub cutaneous
inter disciplinary|inter professional|intra operative|intra venous|child care|day care
smart phone|smart phones|heart burn|pre diabetes|pre hypertension|pre eclampsia|pre clinical
"""


def _two_ways(table: str) -> list[tuple[re.Pattern[str], str]]:
    """What is replaced, in its surroundings, and by what: from British and from American."""
    entries = table.split()
    rules = []
    for pair, around in zip(entries[::2], entries[1::2], strict=True):
        british, american = pair.split("|")
        for old, new in ((british, american), (american, british)):
            rules.append((re.compile(around.replace("{}", f"(?P<part>{old})")), new))
    return rules


_RULES = _two_ways(_PARTS)
_STEMS = "|".join(_BEFORE_ISE.split())
_ISE = re.compile(rf"(?P<stem>(?:\w*?)(?:{_STEMS})i)(?P<sign>[sz])(?P<end>e|ed|es|er|ers|ing|able)")
_ISE_OPENING = re.compile(rf"(?P<stem>(?:\w*?)(?:{_STEMS})i)(?P<sign>[sz])(?P<end>\w*)")
_OTHER_SIGN = {"s": "z", "z": "s"}
_OPENING_PAIRS = [tuple(pair.split("|")) for pair in _OPENINGS.split()]
_TWO_WORDS = [pair for line in _OPEN_OR_CLOSED.strip().splitlines() for pair in line.split("|")]
_MOSTLY_ONE = [pair for line in _CLOSED_MOSTLY.strip().splitlines() for pair in line.split("|")]
_OPEN = {tuple(pair.split()) for pair in (*_TWO_WORDS, *_MOSTLY_ONE)}
_CLOSED = {pair.replace(" ", ""): tuple(pair.split()) for pair in _TWO_WORDS}


def other_spelling(word: str) -> str | None:
    """A word in the other spelling, British or American; None where there is none, or doubt.

    A `*` at the end stays: `tumor*` gives `tumour*`.
    """
    if word.endswith("*"):
        opening = _other_opening(word[:-1])
        return f"{opening}*" if opening else None
    found = _ISE.fullmatch(word)
    if found is not None:
        return f"{found['stem']}{_OTHER_SIGN[found['sign']]}{found['end']}"
    for pattern, new in _RULES:
        found = pattern.search(word)
        if found is not None and not _longer_british(word, found, new):
            return word[: found.start("part")] + new + word[found.end("part") :]
    return None


def _longer_british(word: str, found: re.Match[str], new: str) -> bool:
    """Whether the American part is only the end of the British one: `edema` in `oedema`."""
    old = found["part"]
    if not new.endswith(old):
        return False
    return word[: found.end("part")].endswith(new)


def _other_opening(stem: str) -> str | None:
    found = _ISE_OPENING.fullmatch(stem)
    if found is not None:
        return f"{found['stem']}{_OTHER_SIGN[found['sign']]}{found['end']}"
    for british, american in _OPENING_PAIRS:
        for old, new in ((british, american), (american, british)):
            if stem.startswith(old):
                return new + stem[len(old) :]
    return None


def other_compound(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The words with the first compound in them closed, or opened; None when there is none."""
    for at, word in enumerate(words):
        if word in _CLOSED:
            return (*words[:at], *_CLOSED[word], *words[at + 1 :])
        if words[at : at + 2] in _OPEN:
            return (*words[:at], "".join(words[at : at + 2]), *words[at + 2 :])
    return None
