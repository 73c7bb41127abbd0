"""Where sign-ins come from: places on the map and networks, all from address ranges set aside for documentation."""

import msgspec


class Place(msgspec.Struct, frozen=True):
    """A city, as sign-in records locate it."""

    city: str
    state: str
    country: str
    """Two letters, upper case."""
    latitude: float
    longitude: float


class Network(msgspec.Struct, frozen=True):
    """Where an address is, and whose it is."""

    ip: str
    asn: int
    """Autonomous system number, from the ranges reserved for documentation (RFC 5398)."""
    place: Place
    named_location: str | None = None
    """Name of the trusted named location that the address belongs to."""


LONDON = Place("London", "England", "GB", 51.50853, -0.12574)
HELSINKI = Place("Helsinki", "Uusimaa", "FI", 60.16952, 24.93545)
PRAGUE = Place("Prague", "Praha", "CZ", 50.08804, 14.42076)
LEEDS = Place("Leeds", "England", "GB", 53.79648, -1.54785)
LISBON = Place("Lisbon", "Lisboa", "PT", 38.71667, -9.13333)
CHICAGO = Place("Chicago", "Illinois", "US", 41.85003, -87.65005)
SINGAPORE = Place("Singapore", "Central Singapore", "SG", 1.28967, 103.85007)
AMSTERDAM = Place("Amsterdam", "Noord-Holland", "NL", 52.37403, 4.88969)
BUCHAREST = Place("Bucharest", "Bucuresti", "RO", 44.43225, 26.10626)
VILNIUS = Place("Vilnius", "Vilniaus Apskritis", "LT", 54.68916, 25.2798)
SAO_PAULO = Place("Sao Paulo", "Sao Paulo", "BR", -23.5475, -46.63611)
HANOI = Place("Hanoi", "Ha Noi", "VN", 21.0245, 105.84117)
ROUEN = Place("Rouen", "Normandie", "FR", 49.44313, 1.09932)

HEAD_OFFICE = Network("192.0.2.10", 64496, LONDON, "Woodgrove London head office")
HELSINKI_OFFICE = Network("192.0.2.40", 64496, HELSINKI, "Woodgrove Helsinki")
PRAGUE_OFFICE = Network("192.0.2.70", 64496, PRAGUE, "Woodgrove Prague")
LEEDS_OFFICE = Network("192.0.2.100", 64496, LEEDS, "Woodgrove Leeds contact centre")
LISBON_OFFICE = Network("192.0.2.130", 64496, LISBON, "Woodgrove Lisbon")
CHICAGO_OFFICE = Network("192.0.2.160", 64496, CHICAGO, "Woodgrove Chicago")
OFFICES = (HEAD_OFFICE, HELSINKI_OFFICE, PRAGUE_OFFICE, LEEDS_OFFICE, LISBON_OFFICE, CHICAGO_OFFICE)

HOME_RANGE = "198.51.100"
HOME_ASNS = {"GB": 64500, "FI": 64501, "CZ": 64502, "PT": 64503, "US": 64504}


def home(number: int, place: Place) -> Network:
    """Return a private line in a place: ``198.51.100.<number>``, of that country's provider."""
    return Network(f"{HOME_RANGE}.{number}", HOME_ASNS[place.country], place)


def home_v6(number: int, place: Place) -> Network:
    """Return a private line that speaks IPv6: ``2001:db8:<number in hex>::15``."""
    return Network(f"2001:db8:{number:x}::15", HOME_ASNS[place.country], place)


def hosted(number: int, place: Place, asn: int = 64511) -> Network:
    """Return a rented machine in a hosting network: ``203.0.113.<number>``."""
    return Network(f"203.0.113.{number}", asn, place)
