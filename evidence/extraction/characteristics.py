"""Characteristics of a study that a clear cue in its report gives, each with its quote."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.extraction.time_points import time_points
from evidence.extraction.wording import Span, flatten, sentences
from evidence.judgements import Characteristic
from indexers.records import Document


class _Cue(NamedTuple):
    field: str
    pattern: re.Pattern[str]


_COUNTRIES = (
    "Afghanistan|Albania|Algeria|Angola|Argentina|Armenia|Australia|Austria|Azerbaijan|Bahrain"
    "|Bangladesh|Belarus|Belgium|Benin|Bhutan|Bolivia|Bosnia|Botswana|Brazil|Bulgaria|Burkina Faso"
    "|Burundi|Cambodia|Cameroon|Canada|Chad|Chile|China|Colombia|Congo|Costa Rica|Côte d['’]Ivoire"
    "|Croatia|Cuba|Cyprus|Czech Republic|Denmark|Ecuador|Egypt|El Salvador|Eritrea|Estonia|Ethiopia"
    "|Fiji|Finland|France|Gabon|Gambia|Georgia|Germany|Ghana|Greece|Guatemala|Guinea|Guinea-Bissau"
    "|Haiti|Honduras|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy"
    "|Jamaica"
    "|Japan|Jordan|Kazakhstan|Kenya|Korea|Kuwait|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya"
    "|Lithuania"
    "|Luxembourg|Madagascar|Malawi|Malaysia|Mali|Malta|Mauritania|Mexico|Moldova|Mongolia|Morocco"
    "|Mozambique|Myanmar|Namibia|Nepal|Netherlands|New Zealand|Nicaragua|Nigeria|Niger|Norway|Oman"
    "|Pakistan|Palestine|Panama|Papua New Guinea|Paraguay|Peru|Philippines|Poland|Portugal|Qatar"
    "|Romania|Russia|Rwanda|Saudi Arabia|Senegal|Serbia|Sierra Leone|Singapore|Slovakia|Slovenia"
    "|Somalia|South Africa|Spain|Sri Lanka|Sudan|Sweden|Switzerland|Syria|Taiwan|Tanzania|Thailand"
    "|Togo|Tunisia|Turkey|Uganda|Ukraine|United Arab Emirates|United Kingdom|UK|United States|USA"
    "|Uruguay|Uzbekistan|Venezuela|Vietnam|Viet Nam|Yemen|Zambia|Zimbabwe"
)
_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+"
_UNIT = r"(?:years?|yrs?|y|months?|mo|weeks?|days?|d|wk)"
_DESIGN_WORD = (
    r"(?:cluster|multi-?cent(?:er|re)|single-?cent(?:er|re)|open(?:[ -]label)?|double|single|triple"
    r"|blind(?:ed)?|double-blind(?:ed)?|single-blind(?:ed)?|masked|parallel(?:[ -]group)?"
    r"|two-arm|three-arm"
    r"|placebo|controlled|placebo-controlled|non-?inferiority|phase|I{1,3}V?|IV|[1-4]|pragmatic"
    r"|pilot"
    r"|crossover|cross-over|prospective|factorial|clinical|feasibility|comparative|label|group"
    r"|randomi[sz]ed|randomi[sz]ed-controlled|superiority|equivalence|community-based|multicountry)"
)
_CUES = (
    _Cue("design", re.compile(
        rf"\b(?:{_DESIGN_WORD}[ ,-]{{1,3}}(?:and )?){{0,8}}"
        rf"randomi[sz]ed(?:[ ,-]{{1,3}}{_DESIGN_WORD}){{0,8}}"
        r"\s+(?:trial|study)\b", re.I)),
    _Cue("country", re.compile(
        rf"(?:\b(?:in|at|from|across|of|Setting:?)\b[^.;:()\n]{{0,90}}?"
        rf"|[A-Z][\w-]+,\s)\b(?P<v>{_COUNTRIES})\b")),
    _Cue("age", re.compile(
        rf"(?P<v>\b(?:aged?(?: between)?|ages)\s+"
        rf"(?:(?:from\s+)?[≥>≤<]?\s*\d+(?:\.\d+)?\s*{_UNIT}?\s*(?:-|to|and)\s*)"
        rf"[≥>≤<]?\s*\d+(?:\.\d+)?\s*{_UNIT}?(?:\s+of age)?\b|\baged?\s*[≥>≤<]\s*\d+\s*{_UNIT}?"
        rf"|\b\d+(?:\.\d+)?\s*{_UNIT}?\s*(?:-|to)\s*\d+(?:\.\d+)?\s*{_UNIT}\s+(?:old|of age)\b"
        rf"|\baged\s+\d+\s*{_UNIT}\s+(?:or|and)\s+(?:over|older|above|more))", re.I)),
    _Cue("follow_up", re.compile(
        rf"(?P<v>\bfollowed \w+ up for \d+(?:\.\d+)?[ -]?{_UNIT}\b"
        rf"|\bfollow(?:ed)?[ -]up (?:for|of|period of|time of|duration of|was) (?:at least"
        rf" |up to )?\d+(?:\.\d+)?[ -]?{_UNIT}\b"
        rf"|\b\d+(?:\.\d+)?[ -]{_UNIT} (?:of )?follow-up\b"
        rf"|\bfollowed (?:up )?for (?:a total of |up to )?\d+(?:\.\d+)?[ -]?{_UNIT}\b)", re.I)),
    _Cue("registration", re.compile(
        r"\b(?P<v>NCT\s?0\d{7}|ISRCTN\s?\d{8}|ACTRN\s?\d{14}|ChiCTR[-\w]{5,20}"
        r"|CTRI/\d{4}/\d{2,3}/\d{6}"
        r"|EudraCT[^\d\n]{0,12}\d{4}-\d{6}-\d{2}|NTR\s?\d{3,5}|DRKS\d{8}|PACTR\d{10,18}|UMIN\d{9}"
        r"|IRCT\w{10,20}|JapicCTI-?\d{6}|KCT\d{7}|TCTR\d{11})\b")),
    _Cue("number_randomised", re.compile(
        rf"(?<![\w.,/])(?P<v>{_NUMBER})\s+(?:(?:eligible|consecutive|adult|healthy"
        rf"|\w+ic)\s+)?(?:\w+\s+){{0,3}}?"
        r"(?:patients|participants|subjects|children|women|men|infants|people|individuals"
        r"|adults)\s+"
        r"(?:with [\w .-]{3,60} )?(?:were\s+|was\s+)?(?:enrolled(?:,| and)\s+)?(?:randomly"
        r"|randomi[sz]ed|allocated)\b"
        rf"|(?<![\w.,/])(?P<v2>{_NUMBER}) were (?:randomi[sz]ed|randomly (?:assigned"
        rf"|allocated))", re.I)),
)  # fmt: skip


def characteristics(document: Document) -> tuple[Characteristic, ...]:
    """The clearest statement of each characteristic, title and abstract first."""
    flat = flatten(document.text)
    found = []
    for cue in _CUES:
        m = _best(
            cue,
            [
                m
                for low, high in _stretches(document)
                for m in cue.pattern.finditer(flat, low, high)
                if _is_whole(m, flat)
            ],
        )
        if m is not None:
            span = _value_span(m)
            found.append(
                Characteristic(
                    field=cue.field,
                    value=document.text[span.start : span.end].strip(),
                    quotes=(document.quote(*_sentence(document.text, Span(*m.span()))),),
                )
            )
    return tuple(found)


def _is_whole(m: re.Match[str], flat: str) -> bool:
    """Whether a number randomised is that of the trial, not of one of its arms."""
    part = re.compile(
        r"[^.;]{0,80}\b(?:arm|group)\b[^.;]{0,20}\band\b\s+\d|[^.;]{0,60}\band \d+ to\b"
    )
    return part.match(flat, m.end()) is None


def _best(cue: _Cue, found: list[re.Match[str]]) -> re.Match[str] | None:
    """The first statement; the fullest of a design, the longest of several follow-ups."""
    if not found:
        return None
    if cue.field == "design":
        return max(found, key=lambda m: len(m.group().split()))
    if cue.field == "follow_up":
        return max(
            found, key=lambda m: max((p.days or 0 for p in time_points(m.group())), default=0)
        )
    return found[0]


def _value_span(m: re.Match[str]) -> Span:
    for name in ("v", "v2"):
        if name in m.re.groupindex and m[name] is not None:
            return Span(*m.span(name))
    return Span(*m.span())


def _stretches(document: Document) -> list[tuple[int, int]]:
    """Title and abstract, then methods and results; other studies are told of elsewhere."""
    wanted = re.compile(r"method|result|patient|participant|material|design|subject", re.I)
    front = [(s.start, s.end) for s in document.sections if s.path in (("Title",), ("Abstract",))]
    body = [
        (s.start, s.end) for s in document.sections if len(s.path) == 1 and wanted.search(s.path[0])
    ]
    return [*front, *body] or [(0, len(document.text))]


def _sentence(text: str, span: Span) -> Span:
    low = text.rfind("\n", 0, span.start) + 1
    high = text.find("\n", span.end)
    for sentence in sentences(text, low, len(text) if high < 0 else high):
        if sentence.start <= span.start and span.end <= sentence.end:
            return sentence
    return span
