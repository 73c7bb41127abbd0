"""Where sign-ins came from: this case beside what is usual for the identity, country by country."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from shared.countries import country_name
from shared.models.dossier import Dossier, Fact


class Country(msgspec.Struct, frozen=True, kw_only=True):
    """A row: what is usual to the left, this case to the right; widths in percent of the widest of their side."""

    name: str
    """Empty where the record does not say which country."""
    code: str
    cities: tuple[str, ...]
    is_usual: bool | None
    """None: there is nothing to compare with."""
    usual: int | None
    """Ordinary sign-ins before the case; None: it is not known how many."""
    usual_width: float
    succeeded: int
    succeeded_width: float
    failed: int
    """Failed and interrupted ones."""
    failed_width: float
    detections: int
    facts: tuple[str, ...]

    @property
    def told(self) -> str:
        """Return the numbers of this case in words."""
        detections = f"{self.detections} {'detection' if self.detections == 1 else 'detections'}"
        parts = [f"{self.succeeded} succeeded" * bool(self.succeeded), f"{self.failed} failed" * bool(self.failed)]
        return ", ".join(part for part in (*parts, detections * bool(self.detections)) if part)


class Countries(msgspec.Struct, frozen=True):
    """All rows, those new to the identity first, and what they are compared with."""

    rows: tuple[Country, ...]
    baseline: Fact | None


def countries_of(dossier: Dossier) -> Countries:
    """Return where the case's sign-ins and detections came from, and where ordinary sign-ins do."""
    baseline = dossier.one("sign_in.baseline")
    usual = _usual(dossier, baseline)
    told = dossier.all("sign_in", "risk.detection")
    codes = list(dict.fromkeys([*(fact.text_of("country") for fact in told), *usual]))
    counts = {code: Counter(_what(fact) for fact in told if fact.text_of("country") == code) for code in codes}
    most_usual = max((number for number in usual.values() if number), default=0)
    most_here = max((count["succeeded"] + count["failed"] for count in counts.values()), default=0)
    rows = [
        Country(
            name=country_name(code),
            code=code,
            cities=tuple(dict.fromkeys(_text(own, "city"))),
            is_usual=None if baseline is None or not code else code in usual,
            usual=usual.get(code, 0) if baseline and code else None,
            usual_width=_share(usual.get(code) or 0, most_usual),
            succeeded=counts[code]["succeeded"],
            succeeded_width=_share(counts[code]["succeeded"], most_here),
            failed=counts[code]["failed"],
            failed_width=_share(counts[code]["failed"], most_here),
            detections=counts[code]["detections"],
            facts=tuple(fact.id for fact in own),
        )
        for code in codes
        for own in [[fact for fact in told if fact.text_of("country") == code]]
    ]
    return Countries(tuple(sorted(rows, key=_order)), baseline)


def _usual(dossier: Dossier, baseline: Fact | None) -> dict[str, int | None]:
    """Return the countries of the baseline, with how many of its sign-ins came from there where a sign-in tells."""
    listed = baseline.values.get("countries") if baseline else ()
    seen: dict[str, int | None] = dict.fromkeys(listed) if isinstance(listed, tuple) else {}
    for fact in dossier.all("sign_in"):
        number, code = fact.values.get("country_seen"), fact.text_of("country")
        if code in seen and isinstance(number, int):
            seen[code] = number
    return seen


def _what(fact: Fact) -> str:
    if fact.kind == "risk.detection":
        return "detections"
    return "succeeded" if fact.text_of("outcome") == "success" else "failed"


def _text(facts: Sequence[Fact], name: str) -> list[str]:
    return [text for fact in facts if (text := fact.text_of(name))]


def _share(number: int, most: int) -> float:
    """Return a width in percent; what is there at all stays visible."""
    return round(max(100 * number / most, 3.0), 1) if number and most else 0.0


def _order(row: Country) -> tuple[bool, bool, int, str]:
    return (not row.code, row.is_usual is not False, -(row.succeeded + row.failed), row.name)
