"""Sign-ins of an ordinary life, by day."""

from datetime import UTC, datetime, timedelta

from shared.models.records import Device, Place, SignIn

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def at_home(day: int, *, hour: int = 9, country: str = "NO", app: str = "Mail") -> SignIn:
    """Return the sign-in of one day, from the own laptop at home."""
    at = DAY + timedelta(days=day, hours=hour)
    return SignIn(
        category="SignInLogs",
        tenant_id="t",
        record_id=f"day-{day}-{hour}-{country}",
        at=at,
        user_id="u",
        error_code=0,
        app_display_name=app,
        ip_address="198.51.100.7",
        autonomous_system_number=64500,
        place=Place(country=country),
        device=Device(device_id="d-1", operating_system="Windows 11", browser="Edge 139.0"),
        client_app_used="Browser",
    )
