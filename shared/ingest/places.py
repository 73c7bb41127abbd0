"""Read the ``location`` of sign-ins and risk detections."""

import msgspec

from shared.ingest.text import coordinates, text
from shared.models.records import Place


class GeoCoordinates(msgspec.Struct, gc=False):
    """Degrees; 0/0 when unknown."""

    latitude: float | None = None
    longitude: float | None = None


class Location(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """``signInLocation`` of Graph."""

    city: str | None = None
    state: str | None = None
    country_or_region: str | None = None
    geo_coordinates: GeoCoordinates | None = None


def place(location: Location | None) -> Place | None:
    """Return the place, or None when nothing about it is known."""
    if location is None:
        return None
    city, state, country = text(location.city), text(location.state), text(location.country_or_region)
    latitude = longitude = None
    if location.geo_coordinates is not None:
        latitude, longitude = coordinates(location.geo_coordinates.latitude, location.geo_coordinates.longitude)
    if city is None and state is None and country is None and latitude is None:
        return None
    return Place(city=city, state=state, country=country and country.upper(), latitude=latitude, longitude=longitude)
