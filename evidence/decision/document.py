"""The whole decision by rules and templates: the recommendation and GRADE's document behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evidence.decision.conclusions import NO_EVIDENCE, draw_conclusions
from evidence.decision.contexts import DecisionContexts
from evidence.decision.guideline_sentences import guideline_sentences
from evidence.decision.judging import (
    JudgedCertainty,
    JudgedEffects,
    judge_balance,
    judge_certainty,
    judge_effects,
)
from evidence.decision.ruling import Ruling, opening_sentence, rule
from evidence.decision.scales import (
    CRITERIA,
    DONT_KNOW,
    GUIDELINE_CRITERIA,
    NO_STUDIES,
    DecisionCriterion,
)
from evidence.decision.sentences import Draft, Names
from evidence.decision.summaries import draw_summaries
from evidence.decision.wording import SizesFrom, certainty_sentence, effect_sentence
from evidence.direction import AT_LEAST_LOW, excludes_null, favours, has_effect, leans_to
from evidence.findings import (
    CriterionJudgement,
    EvidenceToDecision,
    Recommendation,
    Sentence,
    SummaryOfFindingsRow,
)
from evidence.question import ClinicalQuestion

DEFAULT_SIZES = (
    "Sizes go by defaults where nobody set thresholds: ratios are large from a doubling or halving "
    "on, moderate from a quarter more or less on and trivial up to a twentieth; standardised "
    "differences go by Cohen."
)
FOR_A_PERSON = "Quoted from guidelines; left to a person to judge."
_CERTAINTY_NOTES: Mapping[str | None, str] = {
    None: "The certainty on the critical outcome is not rated.",
    NO_STUDIES: "No study tells of the question's first outcome.",
}


class Decision:
    """What the rules make of a question, its rows and its contexts, part by part.

    Attributes:
        ruling: Direction and strength, with every reason against.
        desirable: The effects that favour the intervention.
        undesirable: The effects that favour the comparator.
        certainty: The lowest over the outcomes that drive the decision.
    """

    def __init__(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts,
        thresholds: SizesFrom,
    ) -> None:
        self._question = question
        self._rows = tuple(rows)
        self._contexts = contexts
        self._thresholds = thresholds
        self._names = Names(question)
        self.ruling: Ruling = rule(question, rows, thresholds)
        self.desirable: JudgedEffects = judge_effects(rows, "intervention", thresholds)
        self.undesirable: JudgedEffects = judge_effects(rows, "comparator", thresholds)
        self.certainty: JudgedCertainty = judge_certainty(self.ruling.critical, rows)

    def recommendation(self) -> Recommendation:
        """The draft; without any row it has no sentence, because nothing could support one."""
        opening = opening_sentence(self.ruling, self._names)
        overall = self._overall()
        return Recommendation(
            direction=self.ruling.direction,
            strength=self.ruling.strength,
            sentences=tuple(sentence for sentence in (opening, overall) if sentence is not None),
            cited_rows=tuple(row.row_id for row in self._rows),
            abstained=self.ruling.direction == "none",
            decision=self.document(self.ruling),
        )

    def document(self, ruling: Ruling) -> EvidenceToDecision:
        """The document for a ruling, which may be one by a language model."""
        passages = self._contexts.passages or ()
        quoted = guideline_sentences(self._question, passages)
        judged: Mapping[DecisionCriterion, CriterionJudgement] = {
            "desirable_effects": self._effects("desirable_effects", self.desirable),
            "undesirable_effects": self._effects("undesirable_effects", self.undesirable),
            "certainty": self._certainty(),
            "balance": self._balance(ruling),
            **{c: self._quoted(c, quoted.get(c, ())) for c in GUIDELINE_CRITERIA},
        }
        return EvidenceToDecision(
            question=self._question.text,
            criteria=tuple(judged[criterion] for criterion in CRITERIA),
            conclusions=(
                *draw_conclusions(
                    ruling,
                    self._rows,
                    self.undesirable,
                    quoted,
                    self._contexts.risk_of_bias,
                    self._thresholds,
                ),
                *draw_summaries(ruling, self._rows, self._names, self._thresholds),
            ),
        )

    def _overall(self) -> Sentence | None:
        """The overall justification: both kinds of effects and the certainty, in one sentence."""
        drivers = self.certainty.drivers
        if not drivers or self.certainty.judgement is None:
            return None
        desirable, undesirable = (
            "unknown" if judged.judgement == DONT_KNOW else judged.judgement
            for judged in (self.desirable, self.undesirable)
        )
        certainty = self.certainty.judgement
        at = (
            f"at {certainty} certainty of the evidence"
            if certainty != NO_STUDIES
            else "without any study"
        )
        draft = Draft().say(
            f"By rules, the desirable effects are judged {desirable} and the undesirable effects "
            f"{undesirable}, {at} ("
        )
        return draft.cite_each(drivers, "outcome").say(").").sentence()

    def _effects(self, criterion: DecisionCriterion, judged: JudgedEffects) -> CriterionJudgement:
        side = "intervention" if criterion == "desirable_effects" else "comparator"
        shown = [row for row in self._rows if leans_to(row) == side]
        considerations = []
        if judged.decided_by and judged.judgement != "trivial":
            draft = Draft().say(f"Judged {judged.judgement} by the effect on ")
            draft.cite_each(judged.decided_by, "outcome")
            draft.say(", whose interval excludes no difference.")
            considerations.append(draft.sentence())
        elif judged.decided_by:
            draft = Draft().say(
                "Judged trivial: no interval reaches more than a trivial effect on "
            )
            considerations.append(draft.cite_each(judged.decided_by, "outcome").say(".").sentence())
        considerations += [draft.sentence() for draft in _untold(judged)]
        sized = all(row.outcome in self._thresholds for row in self._rows)
        told_above = criterion != "desirable_effects"
        note = "" if sized or told_above else DEFAULT_SIZES
        return CriterionJudgement(
            criterion=criterion,
            judgement=judged.judgement,
            evidence=tuple(effect_sentence(row, self._names, self._thresholds) for row in shown),
            considerations=tuple(considerations),
            note=note if self._rows else NO_EVIDENCE,
        )

    def _certainty(self) -> CriterionJudgement:
        drivers = self.certainty.drivers
        evidence = [certainty_sentence(row) for row in drivers if has_effect(row)]
        evidence += _certainty_of_others(row for row in self._rows if row not in drivers)
        evidence += [
            effect_sentence(row, self._names, self._thresholds)
            for row in self._rows
            if not has_effect(row)
        ]
        considerations = []
        if self.certainty.judgement is not None and drivers:
            draft = Draft().say("The lowest over the outcomes that drive the decision: ")
            considerations.append(draft.cite_each(drivers, "outcome").say(".").sentence())
        return CriterionJudgement(
            criterion="certainty",
            judgement=self.certainty.judgement,
            evidence=tuple(evidence),
            considerations=tuple(considerations),
            note=_CERTAINTY_NOTES.get(self.certainty.judgement, ""),
        )

    def _balance(self, ruling: Ruling) -> CriterionJudgement:
        """Where no side can be told from the name of an outcome, its effect stands here."""
        judgement = judge_balance(
            ruling.direction,
            self.certainty.judgement,
            self.desirable.judgement,
            self.undesirable.judgement,
        )
        unknown = [row for row in self._rows if has_effect(row) and leans_to(row) is None]
        note = f"Desirable: {self.desirable.judgement}. Undesirable: {self.undesirable.judgement}."
        if judgement == DONT_KNOW:
            note += " Weighing them is left to a person."
        return CriterionJudgement(
            criterion="balance",
            judgement=judgement,
            evidence=tuple(effect_sentence(row, self._names, self._thresholds) for row in unknown),
            note=note,
        )

    def _quoted(
        self, criterion: DecisionCriterion, sentences: tuple[Sentence, ...]
    ) -> CriterionJudgement:
        if sentences:
            note = FOR_A_PERSON
        elif self._contexts.passages is None:
            note = f"{NO_EVIDENCE} No guideline was searched."
        else:
            note = NO_EVIDENCE
        return CriterionJudgement(criterion=criterion, evidence=sentences, note=note)


def _certainty_of_others(rows: Iterable[SummaryOfFindingsRow]) -> list[Sentence]:
    """A sentence for each level of certainty; the reasons stand in the summary of findings."""
    levels: dict[str | None, list[SummaryOfFindingsRow]] = {}
    for row in rows:
        if has_effect(row):
            levels.setdefault(row.certainty, []).append(row)
    found = []
    for level, alike in levels.items():
        draft = Draft().say("The certainty is ")
        draft.say("not rated") if level is None else draft.cite(alike[0], "certainty")
        found.append(draft.say(" on ").cite_each(alike, "outcome").say(".").sentence())
    return found


def _untold(judged: JudgedEffects) -> list[Draft]:
    """Which rows do not tell, by what keeps them from it."""
    reasons: dict[str, list[SummaryOfFindingsRow]] = {}
    for row in judged.untold:
        reasons.setdefault(_why_untold(row), []).append(row)
    return [
        Draft().say("Not known for ").cite_each(rows, "outcome").say(f": {why}.")
        for why, rows in reasons.items()
    ]


def _why_untold(row: SummaryOfFindingsRow) -> str:
    if row.effect is None or not has_effect(row):
        return "no effect was pooled"
    if row.certainty not in AT_LEAST_LOW:
        return "the certainty is very low or not rated"
    if leans_to(row) is None:
        return "whether more or less is better is for a person to say"
    if excludes_null(row.effect) and favours(row):
        return "no threshold says how large the effect is"
    return "the interval includes no difference and more than a trivial effect"
