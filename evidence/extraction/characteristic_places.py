"""Countries by name and by what their people are called."""

from __future__ import annotations

import re

# Words of a report on the left, the country's one name on the right.
_OTHER_NAMES = {
    "USA": "United States",
    "US": "United States",
    "U.S.": "United States",
    "U.S.A.": "United States",
    "United States of America": "United States",
    "UK": "United Kingdom",
    "U.K.": "United Kingdom",
    "Great Britain": "United Kingdom",
    "England": "United Kingdom",
    "Scotland": "United Kingdom",
    "Wales": "United Kingdom",
    "Northern Ireland": "United Kingdom",
    "Czech Republic": "Czechia",
    "South Korea": "Korea",
    "Republic of Korea": "Korea",
    "Viet Nam": "Vietnam",
    "Russian Federation": "Russia",
    "Lao PDR": "Laos",
    "Côte d'Ivoire": "Ivory Coast",
    "The Gambia": "Gambia",
    "Türkiye": "Turkey",
}
_COUNTRIES = """
Afghanistan Albania Algeria Angola Argentina Armenia Australia Austria Azerbaijan Bahrain
Bangladesh Belarus Belgium Benin Bhutan Bolivia Bosnia Botswana Brazil Bulgaria Burundi Cambodia
Cameroon Canada Chad Chile China Colombia Congo Croatia Cuba Cyprus Denmark Ecuador Egypt Eritrea
Estonia Ethiopia Fiji Finland France Gabon Gambia Georgia Germany Ghana Greece Guatemala Guinea
Guinea-Bissau Haiti Honduras Hungary Iceland India Indonesia Iran Iraq Ireland Israel Italy
Jamaica Japan Jordan Kazakhstan Kenya Korea Kuwait Laos Latvia Lebanon Lesotho Liberia Libya
Lithuania Luxembourg Madagascar Malawi Malaysia Mali Malta Mauritania Mexico Moldova Mongolia
Morocco Mozambique Myanmar Namibia Nepal Netherlands Nicaragua Niger Nigeria Norway Oman Pakistan
Palestine Panama Paraguay Peru Philippines Poland Portugal Qatar Romania Russia Rwanda Senegal
Serbia Singapore Slovakia Slovenia Somalia Spain Sudan Sweden Switzerland Syria Taiwan Tanzania
Thailand Togo Tunisia Turkey Uganda Ukraine Uruguay Uzbekistan Venezuela Vietnam Yemen Zambia
Zimbabwe
"""
_IN_WORDS = (
    *("Burkina Faso", "Costa Rica", "El Salvador", "Hong Kong", "Ivory Coast", "New Zealand"),
    *("Papua New Guinea", "Saudi Arabia", "Sierra Leone", "South Africa", "Sri Lanka"),
    *("United Arab Emirates", "United Kingdom", "United States", "Dominican Republic", "Czechia"),
)
_PEOPLE_OF = {
    "American": "United States",
    "Australian": "Australia",
    "Austrian": "Austria",
    "Bangladeshi": "Bangladesh",
    "Belgian": "Belgium",
    "Brazilian": "Brazil",
    "British": "United Kingdom",
    "Canadian": "Canada",
    "Chinese": "China",
    "Danish": "Denmark",
    "Dutch": "Netherlands",
    "Egyptian": "Egypt",
    "English": "United Kingdom",
    "Finnish": "Finland",
    "French": "France",
    "German": "Germany",
    "Ghanaian": "Ghana",
    "Greek": "Greece",
    "Indian": "India",
    "Iranian": "Iran",
    "Irish": "Ireland",
    "Israeli": "Israel",
    "Italian": "Italy",
    "Japanese": "Japan",
    "Kenyan": "Kenya",
    "Korean": "Korea",
    "Malawian": "Malawi",
    "Mexican": "Mexico",
    "Nepalese": "Nepal",
    "Nigerian": "Nigeria",
    "Norwegian": "Norway",
    "Pakistani": "Pakistan",
    "Polish": "Poland",
    "Portuguese": "Portugal",
    "Scottish": "United Kingdom",
    "Spanish": "Spain",
    "Swedish": "Sweden",
    "Swiss": "Switzerland",
    "Taiwanese": "Taiwan",
    "Tanzanian": "Tanzania",
    "Thai": "Thailand",
    "Turkish": "Turkey",
    "Ugandan": "Uganda",
    "Vietnamese": "Vietnam",
}
_NAMES = sorted(
    {*_COUNTRIES.split(), *_IN_WORDS, *_OTHER_NAMES}, key=lambda name: (-len(name), name)
)
COUNTRY = re.compile(
    rf"(?<![\w-])(?:{'|'.join(map(re.escape, _NAMES))})(?![\w-])(?<!US)"
    r"|(?<=the )US(?!\w)|(?<=, )US(?!\w)"
)
NATIONAL = re.compile(
    rf"\b(?P<v>{'|'.join(_PEOPLE_OF)}) (?:[a-z-]+ ){{0,2}}(?:patients|children|women|men|adults"
    r"|participants|subjects|hospitals?|general practices?|schools?|cent(?:er|re)s|adolescents"
    r"|population|students|infants|volunteers|clinics|municipalities|communities|villages"
    r"|primary care|females|males|soldiers|workers|nurses|people|university hospitals?)\b"
)


def country_named(words: str) -> str:
    """The one name of a country or of the country whose people are called so."""
    plain = " ".join(words.replace("’", "'").split())
    return _OTHER_NAMES.get(plain) or _PEOPLE_OF.get(plain) or plain
