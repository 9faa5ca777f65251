"""Words that stand around the name of an outcome, and whether they make it another outcome."""

from __future__ import annotations

from evidence.extraction.wording import fold


def _folded(text: str) -> frozenset[str]:
    return frozenset(fold(w) for w in text.split())


# Words that do not change what is counted or measured.
NEUTRAL = _folded(
    "number numbers no n nr total overall all any percent percentage proportion rate rates % "
    "prevalence incidence frequency occurrence cumulative patient patients participant"
    " participants "
    "subject subjects child children individual individuals person persons people case cases"
    " infant "
    "infants adult adults who which that had have has having experienced experiencing experience "
    "reported reporting report observed recorded presented presenting develop developed "
    "developing with of "
    "the a an at in on by for to from as is was were be been and/or least one or more event events "
    "mean means average sd se sem score scores level levels value values concentration "
    "concentrations result results outcome outcomes variable measure measures development presence "
    "present positive sample samples during after following follow up followup study trial "
    "treatment therapy post intervention visit end endpoint final primary secondary day days week "
    "weeks month months year years group arm data population set analysis analysed analyzed itt "
    "intention intent treat per protocol pp mitt modified safety full detected status subjects "
    "evaluable assessed yes respectively between both groups treated received receiving each "
    "period time point points risk than those among our we there also only significant "
    "significantly mmhg mg kg cm mm ml l g dl mmol min hour hours h standard deviation first last "
    "percentages parameters parameter characteristic test scale index assessment"
)
TERM_NEUTRAL = _folded(
    "the a an of in mean score scores level levels rate rates number incidence prevalence "
    "proportion percentage frequency change total risk patients with"
)
NARROWING = _folded(
    "severe moderate mild serious drug related early late new newly history previous prior"
    " baseline "
    "possible suspected grade repeat repeated duration clearance free without not non absence"
    " absent "
    "onset relief median cost discontinuation discontinued leading withdrawal withdrawn due never "
    "former resolved resolution improvement improved prevention avoidance fear satisfaction "
    "knowledge attitude predicted expected family unrelated"
)
POST_PREPOSITION = _folded("in with after due requiring among from at within until by")
