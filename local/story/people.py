"""Who the story is about: people of Woodgrove Bank, their laptops, and the tenant they belong to."""

from datetime import datetime

import msgspec

from local.story.moments import guid, moment
from local.story.places import (
    CHICAGO_OFFICE,
    HEAD_OFFICE,
    HELSINKI_OFFICE,
    LEEDS_OFFICE,
    LISBON_OFFICE,
    PRAGUE_OFFICE,
    Network,
)

TENANT_ID = "8d0f2c61-4b7a-4e0d-9c35-5a1b7e3f9d20"
DOMAIN = "woodgrovebank.com"
COMPANY = "Woodgrove Bank"
PARTNER_TENANT_ID = "c1b7a6d4-02ef-4f58-a9d3-77e0b2c85f16"
"""Tenant of Tailspin Toys, where the guests live."""


class Laptop(msgspec.Struct, frozen=True):
    """A device in the directory. ``device_id`` is what sign-ins carry, ``id`` its object id."""

    id: str
    device_id: str
    name: str
    os: str
    os_version: str
    trust_type: str
    """``AzureAd`` joined, ``ServerAd`` hybrid joined, ``Workplace`` registered."""
    compliant: bool
    registered_at: datetime


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user account."""

    id: str
    name: str
    upn: str
    title: str
    department: str
    office: Network
    created_at: datetime
    password_changed_at: datetime
    laptop: Laptop | None = None
    synced: bool = False
    """True for an account mastered in the on-premises directory."""
    guest: bool = False
    enabled: bool = True

    @property
    def home_tenant_id(self) -> str:
        """Return the tenant in which the account lives."""
        return PARTNER_TENANT_ID if self.guest else TENANT_ID


def laptop(name: str, registered_at: datetime, *, os: str = "Windows", trust_type: str = "AzureAd") -> Laptop:
    """Return a managed, compliant laptop."""
    version = {"Windows": "10.0.26100.4652", "MacMDM": "15.6.1"}[os]
    return Laptop(guid("device", name), guid("device-id", name), name, os, version, trust_type, True, registered_at)


def employee(
    name: str,
    title: str,
    department: str,
    office: Network,
    *,
    upn: str | None = None,
    since: str = "2021-03-01T09:00",
    changed: str = "2026-03-09T08:12",
    device: Laptop | None = None,
    synced: bool = False,
) -> Person:
    """Return a member account, whose password was last changed at ``changed``. UPN: first.last@ the bank's domain."""
    upn = upn or f"{'.'.join(name.lower().split())}@{DOMAIN}"
    return Person(
        id=guid("user", upn),
        name=name,
        upn=upn,
        title=title,
        department=department,
        office=office,
        created_at=moment(since),
        password_changed_at=moment(changed),
        laptop=device,
        synced=synced,
    )


def guest(name: str, mail: str, company: str) -> Person:
    """Return a B2B guest, whose password and home risk are in another tenant."""
    upn = f"{mail.replace('@', '_')}#EXT#@{DOMAIN}"
    return Person(
        id=guid("user", upn),
        name=name,
        upn=upn,
        title=f"Consultant, {company}",
        department="External",
        office=HEAD_OFFICE,
        created_at=moment("2026-02-11T10:20"),
        password_changed_at=moment("2026-02-11T10:20"),
        guest=True,
    )


HELEN = employee("Helen Whitfield", "Chief Executive Officer", "Executive", HEAD_OFFICE, since="2015-01-05T09:00")
BRANDON = employee("Brandon Artois", "Chief Information Security Officer", "Information Security", HEAD_OFFICE)
ASHA = employee("Asha Brunelle", "Head of Treasury", "Finance", HELSINKI_OFFICE, since="2018-06-04T08:30")
BLAKE = employee("Blake Martin", "Head of Identity Platform", "Information Technology", HEAD_OFFICE)
ABBI = employee("Abbi Atin", "Head of Contact Centre", "Customer Service", LEEDS_OFFICE)
CASEY = employee(
    "Casey Jensen",
    "Head of Corporate Banking",
    "Corporate Banking",
    CHICAGO_OFFICE,
    device=laptop("WB-LT-0101", moment("2024-01-15T15:00")),
)
OLDRICH = employee("Oldrich Marek", "Head of Payments Operations", "Payments", PRAGUE_OFFICE, synced=True)
INES = employee("Ines Carvalho", "Head of Compliance", "Compliance", LISBON_OFFICE)
MANAGERS = (HELEN, BRANDON, ASHA, BLAKE, ABBI, CASEY, OLDRICH, INES)
"""Heads of department; the chief executive comes first and has no manager."""

BREAK_GLASS = employee("Emergency Access 1", "", "Information Security", HEAD_OFFICE, upn=f"breakglass1@{DOMAIN}")
