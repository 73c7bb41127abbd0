"""Graph resources of authentication: a person's registered methods, and the report over all of them."""

from datetime import datetime

from local.story.directory import Resource
from local.story.moments import graph_time, guid
from local.story.people import Person


def password(person: Person) -> Resource:
    """Return the password as an authentication method; its id is the same in every tenant."""
    return {
        "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
        "id": "28c10230-6103-485e-b985-444c60001490",
        "password": None,
        "createdDateTime": graph_time(person.password_changed_at),
    }


def authenticator(person: Person, phone: str, at: datetime) -> Resource:
    """Return a phone with Microsoft Authenticator."""
    return {
        "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
        "id": guid("authenticator", person.id, phone),
        "displayName": phone,
        "deviceTag": "SoftwareTokenActivated",
        "phoneAppVersion": "6.8.27",
        "createdDateTime": graph_time(at),
    }


def passkey(person: Person, model: str, at: datetime) -> Resource:
    """Return a FIDO2 security key."""
    return {
        "@odata.type": "#microsoft.graph.fido2AuthenticationMethod",
        "id": guid("fido2", person.id, model),
        "displayName": model,
        "createdDateTime": graph_time(at),
        "aaGuid": "d8522d9f-575b-4866-88a9-ba99fa02f35b",
        "model": model,
        "attestationCertificates": [],
        "attestationLevel": "attested",
    }


def windows_hello(person: Person, at: datetime) -> Resource:
    """Return Windows Hello for Business on the person's laptop."""
    return {
        "@odata.type": "#microsoft.graph.windowsHelloForBusinessAuthenticationMethod",
        "id": guid("hello", person.id),
        "displayName": person.laptop.name if person.laptop else None,
        "keyStrength": "normal",
        "createdDateTime": graph_time(at),
    }


def phone(person: Person, number: str, at: datetime) -> Resource:
    """Return a phone number for text messages and calls. Numbers come from ranges kept for fiction."""
    return {
        "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
        "id": guid("phone", person.id),
        "phoneNumber": number,
        "phoneType": "mobile",
        "smsSignInState": "notAllowedByPolicy",
        "createdDateTime": graph_time(at),
    }


def registration_details(person: Person, methods: list[Resource], *, is_admin: bool) -> Resource:
    """Return the tenant-wide report's row about a person's registered methods."""
    kinds = {str(method["@odata.type"]).rpartition(".")[2] for method in methods}
    names = [_REGISTERED[kind] for kind in sorted(kinds) if kind in _REGISTERED]
    passwordless = bool({"fido2AuthenticationMethod", "windowsHelloForBusinessAuthenticationMethod"} & kinds)
    return {
        "id": person.id,
        "userDisplayName": person.name,
        "userPrincipalName": person.upn,
        "userType": "guest" if person.guest else "member",
        "isAdmin": is_admin,
        "isMfaCapable": bool(names),
        "isMfaRegistered": bool(names),
        "isPasswordlessCapable": passwordless,
        "isSsprCapable": bool(names),
        "isSsprEnabled": True,
        "isSsprRegistered": bool(names),
        "methodsRegistered": names,
        "lastUpdatedDateTime": "2026-09-17T01:10:44Z",
    }


_REGISTERED = {
    "microsoftAuthenticatorAuthenticationMethod": "microsoftAuthenticatorPush",
    "fido2AuthenticationMethod": "passKeyDeviceBound",
    "windowsHelloForBusinessAuthenticationMethod": "windowsHelloForBusiness",
    "phoneAuthenticationMethod": "mobilePhone",
}
