from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.query_debugger.spelling import other_compound, other_spelling

PAIRS = """
haemorrhage/hemorrhage behaviour/behavior behavioural/behavioral paediatrics/pediatrics
tumours/tumors oesophageal/esophageal anaemia/anemia hypoglycaemia/hypoglycemia ischaemic/ischemic
diarrhoea/diarrhea foetal/fetal oestrogens/estrogens labour/labor centre/center programmes/programs
counselling/counseling ageing/aging randomised/randomized hospitalisation/hospitalization
immunise/immunize leukaemia/leukemia caesarean/cesarean orthopaedic/orthopedic faecal/fecal
gynaecological/gynecological anaesthesia/anesthesia oedema/edema lymphoedema/lymphedema
coeliac/celiac dyspnoea/dyspnea fibre/fiber titres/titers analyse/analyze dialysed/dialyzed
haemoglobin/hemoglobin methaemoglobin/methemoglobin modelling/modeling sulphate/sulfate
aetiology/etiology manoeuvres/maneuvers tumour*/tumor* randomis*/randomiz* paediatr*/pediatr*
"""
ONE_WAY = """
exercise academic epidemic systemic doctor hour precise disease surprise analysis analyses
paralysis chemical laboratory hemisphere hemiplegia size prize otherwise model label colorectal
diameter parameter program* aged supervise humoral pedal pedestrian angioedema therapist
improvisation coronary meta source four journey course trial children
"""


@pytest.mark.parametrize("pair", PAIRS.split())
def test_each_spelling_gives_the_other(pair: str) -> None:
    british, american = pair.split("/")
    assert other_spelling(british) == american
    assert other_spelling(american) == british


@pytest.mark.parametrize("word", ONE_WAY.split())
def test_words_with_one_spelling_stay_alone(word: str) -> None:
    assert other_spelling(word) is None


def test_compounds_are_closed_and_opened_inside_phrases() -> None:
    assert other_compound(("post", "mortem", "study")) == ("postmortem", "study")
    assert other_compound(("primary", "healthcare")) == ("primary", "health", "care")
    assert other_compound(("anti", "bacterial")) == ("antibacterial",)
    assert other_compound(("antibacterial",)) is None
    assert other_compound(("health", "education")) is None


@given(st.text(alphabet="abcdefghilmnoprstuyz*", max_size=14))
def test_any_word_is_taken_and_never_given_back_unchanged(word: str) -> None:
    other = other_spelling(word)
    assert other is None or (other != word and other)
