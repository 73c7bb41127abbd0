"""Authentication methods: what each is called where, how strong it is, and for whom a policy turns it on."""

from collections.abc import Iterable, Sequence

from shared.ask.found import Item
from shared.ask.look import Look
from shared.ask.skill import Input
from shared.ask.tables import field
from shared.ask.telling import MOST_NAMES
from shared.enrich.auth_methods import NAMES, STRENGTHS, WORDS
from shared.enrich.statement import listed
from shared.graph.queries import IN_LIMIT, Query, one_of
from shared.hostile import clean, quoted

METHODS = (
    field("method", "Method", "What kind of method it is"),
    field("detail", "Detail", "Name of the key, app or device; phone numbers and addresses are left out"),
    field("strength", "Strength", "phishing-resistant, strong or weak; password for the password itself"),
    field("createdDateTime", "Registered at", "When it was registered, UTC, where Graph says so"),
    field("id", "Method id", "Id of the method"),
)
CONFIGURATIONS = (
    field("name", "Method", "What kind of method it is"),
    field("state", "State", "enabled or disabled in the policy of the tenant"),
    field("for_whom", "For", "All users, or the groups and users that the policy names"),
    field("not_for", "Not for", "Groups and users that are left out"),
    field("id", "Policy id", "Graph's id of the method in the policy"),
)
POLICY_NAMES = {
    "Fido2": "Passkey (FIDO2)",
    "MicrosoftAuthenticator": "Microsoft Authenticator",
    "Sms": "SMS",
    "Voice": "Voice call",
    "TemporaryAccessPass": "Temporary Access Pass",
    "SoftwareOath": "Software one-time code",
    "HardwareOath": "Hardware one-time code",
    "Email": "E-mail one-time code",
    "X509Certificate": "Certificate",
    "QRCodePin": "QR code and PIN",
    "VerifiableCredentials": "Verified ID",
}
"""Methods of the tenant's policy by id."""
REGISTERED = {
    "Fido2": ("fido2", "fido2SecurityKey", "passKeyDeviceBound", "passKeySynced"),
    "MicrosoftAuthenticator": (
        *("microsoftAuthenticatorPush", "microsoftAuthenticatorPasswordless"),
        "passKeyDeviceBoundAuthenticator",
    ),
    "WindowsHello": ("windowsHelloForBusiness",),
    "SoftwareOath": ("softwareOneTimePasscode",),
    "HardwareOath": ("hardwareOneTimePasscode",),
    "Phone": ("mobilePhone", "alternateMobilePhone", "officePhone"),
    "Email": ("email",),
    "TemporaryAccessPass": ("temporaryAccessPass",),
    "SecurityQuestion": ("securityQuestion",),
}
"""Methods by what people ask for, and the words of the registration report for each."""
REGISTERED_NAMES = {
    **POLICY_NAMES,
    "WindowsHello": "Windows Hello for Business",
    "Phone": "Phone",
    "SecurityQuestion": "Security questions",
}
_WORDS = {
    "Fido2": (
        *("fido2", "fido", "fido2 security key", "fido2 security keys", "security key", "security keys"),
        *("passkey", "passkeys"),
    ),
    "MicrosoftAuthenticator": ("microsoft authenticator", "authenticator", "authenticator app"),
    "Sms": ("sms", "text message", "text messages"),
    "Voice": ("voice call", "voice calls", "voice"),
    "TemporaryAccessPass": ("temporary access pass", "tap"),
    "SoftwareOath": ("software oath", "software one-time code", "totp"),
    "HardwareOath": ("hardware oath", "hardware token", "hardware tokens"),
    "Email": ("e-mail otp", "email otp", "e-mail", "email"),
    "X509Certificate": ("certificate", "certificates", "certificate-based authentication"),
    "QRCodePin": ("qr code", "qr codes"),
    "VerifiableCredentials": ("verified id", "verifiable credentials"),
    "WindowsHello": ("windows hello", "windows hello for business"),
    "Phone": ("phone", "phones", "phone number", "mobile phone"),
    "SecurityQuestion": ("security question", "security questions"),
}  # fmt: skip


def method_input(choices: Iterable[str]) -> Input:
    """Return the input for one method out of some."""
    names = tuple(choices)
    return Input(
        name="method",
        kind="choice",
        description="One authentication method.",
        choices=names,
        words={name: _WORDS[name] for name in names},
    )


def shown(method: Item) -> Item:
    """Return one registered method as it is shown: kind, detail and strength in words."""
    kind = str(method.get("@odata.type") or "").rpartition(".")[2].removesuffix("AuthenticationMethod") or "unknown"
    detail = next((method[key] for key in ("displayName", "model", "phoneType", "deviceTag") if method.get(key)), None)
    strength = STRENGTHS.get(kind)
    return {
        **method,
        "kind": kind,
        "method": NAMES.get(kind, clean(kind)),
        "detail": detail,
        "strength": WORDS.get(strength or "", strength),
    }


def targets(thing: Item, name: str) -> list[Item]:
    """Return the included or excluded targets of a policy part: one, several or none."""
    one = thing.get(name.removesuffix("s"))
    many = thing.get(name) or ([one] if one else [])
    return [item for item in many if isinstance(item, dict)]


def group_ids(parts: Iterable[Item]) -> list[str]:
    """Return ids of the groups that parts of a policy name, each once, at most as many as one filter takes."""
    ids = [
        str(target.get("id"))
        for part in parts
        for name in ("includeTargets", "excludeTargets")
        for target in targets(part, name)
        if target.get("targetType", "group") == "group" and target.get("id") not in {"all_users", "", None}
    ]
    return list(dict.fromkeys(ids))[:IN_LIMIT]


def groups_query(look: Look, ids: Sequence[str]) -> Query:
    """Return the query ``targets`` for the names of groups."""
    return look.query(
        "targets",
        look.api.groups,
        what="the names of the groups that the policy names",
        permission="Group.Read.All",
        filter=one_of("id", ids),
        select=["id", "displayName"],
    )


def whom(found: Sequence[Item], group_names: dict[str, str]) -> str:
    """Return for whom a policy is: all users, or names of groups; ids where the name was not read."""
    if any(target.get("id") == "all_users" for target in found):
        return "all users"
    names = [quoted(group_names.get(str(target.get("id")), str(target.get("id")))) for target in found]
    return listed(names, longest=MOST_NAMES)
