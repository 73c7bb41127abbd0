"""Country codes and English names, so that a place may be written either way and an invented one is noticed."""

import re

_TABLE = """
AD Andorra|AE United Arab Emirates;UAE|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia|AO Angola
AQ Antarctica|AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AX Aland Islands|AZ Azerbaijan
BA Bosnia and Herzegovina;Bosnia|BB Barbados|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi
BJ Benin|BL Saint Barthelemy|BM Bermuda|BN Brunei|BO Bolivia|BQ Caribbean Netherlands|BR Brazil|BS Bahamas|BT Bhutan
BW Botswana|BY Belarus|BZ Belize|CA Canada|CC Cocos Islands|CD Democratic Republic of the Congo;DR Congo
CF Central African Republic|CG Republic of the Congo;Congo|CH Switzerland|CI Ivory Coast;Côte d'Ivoire|CK Cook Islands
CL Chile|CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde;Cabo Verde|CW Curacao|CX Christmas Island
CY Cyprus|CZ Czechia;Czech Republic|DE Germany|DJ Djibouti|DK Denmark|DM Dominica|DO Dominican Republic|DZ Algeria
EC Ecuador|EE Estonia|EG Egypt|EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|FI Finland|FJ Fiji|FK Falkland Islands
FM Micronesia|FO Faroe Islands|FR France|GA Gabon|GB United Kingdom;UK;Great Britain;Britain;England;Scotland;Wales
GD Grenada|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe
GQ Equatorial Guinea|GR Greece|GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana|HK Hong Kong|HN Honduras|HR Croatia
HT Haiti|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|IQ Iraq|IR Iran|IS Iceland|IT Italy
JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati|KM Comoros
KN Saint Kitts and Nevis|KP North Korea|KR South Korea;Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos
LB Lebanon
LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LU Luxembourg|LV Latvia|LY Libya
MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MG Madagascar|MH Marshall Islands|MK North Macedonia;Macedonia|ML Mali
MM Myanmar;Burma|MN Mongolia|MO Macao;Macau|MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|MU Mauritius|MV Maldives
MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NG Nigeria|NI Nicaragua
NL Netherlands;Holland|NO Norway|NP Nepal|NR Nauru|NU Niue|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia
PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland|PM Saint Pierre and Miquelon|PR Puerto Rico|PS Palestine
PT Portugal|PW Palau|PY Paraguay|QA Qatar|RE Reunion|RO Romania|RS Serbia|RU Russia;Russian Federation|RW Rwanda
SA Saudi Arabia|SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|SL Sierra Leone
SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan|ST Sao Tome and Principe|SV El Salvador|SX Sint Maarten
SY Syria|SZ Eswatini;Swaziland|TC Turks and Caicos Islands|TD Chad|TG Togo|TH Thailand|TJ Tajikistan|TK Tokelau
TL Timor-Leste;East Timor|TM Turkmenistan|TN Tunisia|TO Tonga|TR Turkey;Türkiye|TT Trinidad and Tobago|TV Tuvalu
TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States;United States of America;USA;America|UY Uruguay
UZ Uzbekistan
VA Vatican City|VC Saint Vincent and the Grenadines|VE Venezuela|VG British Virgin Islands|VN Vietnam|VU Vanuatu
WF Wallis and Futuna|WS Samoa|XK Kosovo|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe
"""

NAMES: dict[str, tuple[str, ...]] = {
    entry[:2]: tuple(entry[3:].split(";")) for line in _TABLE.split("\n") if line for entry in line.split("|")
}
"""Two-letter code to its names, the one to print first."""

_WITH_ARTICLE = frozenset("AE BS CD CF CG CK DO FK FO GB GM KM KY MH MV NL PH SB SC TC US VA VG".split())
_CODES = {name.casefold(): code for code, names in NAMES.items() for name in names}
# Longest first, so that "Papua New Guinea" is not read as "Guinea".
_ANY_NAME = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(name) for name in sorted(_CODES, key=len, reverse=True)) + r")(?!\w)"
)


def country_name(country: str) -> str:
    """Return the English name for a two-letter code; anything else comes back as it is."""
    return NAMES.get(country, (country,))[0]


def country_in_prose(country: str) -> str:
    """Return ``the Netherlands`` or ``Finland``: the name as it stands after "in"."""
    return f"the {country_name(country)}" if country in _WITH_ARTICLE else country_name(country)


def countries_in(text: str) -> set[str]:
    """Return the codes of the countries that a text names, in any case of letters."""
    return {_CODES[found.group(1)] for found in _ANY_NAME.finditer(text.casefold())}


def code_of(country: str) -> str | None:
    """Return the code for a code or a name, or None for a place that is not in the table."""
    return country if country in NAMES else _CODES.get(country.casefold())
