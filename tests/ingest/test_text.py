"""Single values are cleaned alike wherever they occur."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingest.text import coordinates, error_code, identifier, ip_address, principal_name, risk, text, user_type


@pytest.mark.parametrize(
    "value", [None, "", "  ", "None", "none", "<null>", "&lt;null&gt;", "unknownFutureValue", " None "]
)
def test_words_for_nothing_become_none(value: str | None) -> None:
    """What only says that there is nothing is None."""
    assert text(value) is None
    assert identifier(value) is None
    assert principal_name(value) is None


@pytest.mark.parametrize("value", ["No one", "hidden", "Null", "0"])
def test_other_text_is_kept(value: str) -> None:
    """Text that says something is kept, trimmed."""
    assert text(f" {value} ") == value


def test_ids_and_names_are_lower_case() -> None:
    """Casing never tells two users apart; the all-zero id is no id."""
    assert identifier("ABCDEF00-0000-4000-8000-000000000001") == "abcdef00-0000-4000-8000-000000000001"
    assert identifier("00000000-0000-0000-0000-000000000000") is None
    assert principal_name("Harry.Potter@Example.com") == "harry.potter@example.com"
    assert [user_type("member"), user_type("GUEST"), user_type("other")] == ["Member", "Guest", "other"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        *(("none", "none"), ("None", "none"), ("hidden", "hidden"), ("unknownFutureValue", "unknownFutureValue")),
        *(("AtRisk", "atRisk"), ("HIGH", "high"), (" low ", "low"), ("somethingNew", "somethingNew")),
        *((None, None), ("", None), ("<null>", None)),
    ],
)
def test_risk_words_are_kept(given: str | None, kept: str | None) -> None:
    """``none`` and ``hidden`` are answers; known words get Graph's casing, new ones stay."""
    assert risk(given) == kept


@pytest.mark.parametrize(
    ("given", "read"),
    [
        *((" 198.51.100.7 ", "198.51.100.7"), ("198.51.100.7:443", "198.51.100.7"), ("2001:DB8::0:1", "2001:db8::1")),
        *(("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("fde4:8dba::1", "fde4:8dba::1")),
        *(("::ffff:198.51.100.7", "198.51.100.7"), ("fe80::1%<b>eth0", "fe80::1")),
        *((None, None), ("", None), ("<null>", None), ("0.0.0.0", None), ("::", None), ("1.2.3", None)),  # noqa: S104
        *(("::2a02:cf40:1:2:3:4:5:6", None), ("::2a02:cf40:1:2", None), ("::2a02:cf40:1:2:3:4:5", None)),
        *(("11111111-aaaa-4bbb-8ccc-222222222222", None), ("999.1.1.1", None), ("1" * 500, None)),
    ],
)
def test_addresses_are_normalised_or_refused(given: str | None, read: str | None) -> None:
    """Ports and zones go, malformed and unspecified addresses are None."""
    assert ip_address(given) == read


@given(st.ip_addresses().filter(lambda ip: int(ip) >> (16 if ip.version == 4 else 112)))
def test_any_address_round_trips(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """An address's own text is read back."""
    assert ip_address(str(address)) == str(address)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        *(((0.0, -0.0), (None, None)), ((0.0, 10.5), (0.0, 10.5)), ((59.9, 10.7), (59.9, 10.7))),
        *(((None, 10.7), (None, None)), ((91.0, 0.0), (None, None)), ((float("nan"), 1.0), (None, None))),
    ],
)
def test_coordinates_at_zero_mean_unknown(
    given: tuple[float | None, float | None], kept: tuple[float | None, float | None]
) -> None:
    """0/0 is how Entra says that it does not know; what is not on the globe is dropped too."""
    assert coordinates(*given) == kept


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (0, 0),
        ("50126", 50126),
        ("Success", 0),
        ("", None),
        ("Update", None),
        (None, None),
        ("²", None),
        ("9" * 50, None),
    ],
)
def test_error_codes_are_numbers_or_text(given: str | int | None, code: int | None) -> None:
    """Both spellings of a code are read; a word is not a code."""
    assert error_code(given) == code
