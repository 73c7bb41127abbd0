"""How the user can prove who they are, and how well each method resists phishing."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from shared.clock import iso
from shared.enrich.statement import counted, fact, graph, listed
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact

STRENGTHS: dict[str, str] = {
    "fido2": "phishing_resistant",
    "windowsHelloForBusiness": "phishing_resistant",
    "platformCredential": "phishing_resistant",
    "x509Certificate": "phishing_resistant",
    "microsoftAuthenticator": "strong",
    "softwareOath": "strong",
    "hardwareOath": "strong",
    "external": "strong",
    "temporaryAccessPass": "strong",
    "phone": "weak",
    "email": "weak",
    "qrCodePin": "weak",
    "password": "password",
}
"""By the type's name without ``AuthenticationMethod``. Types that are not listed have no known strength."""
NAMES: dict[str, str] = {
    "fido2": "passkey (FIDO2)",
    "windowsHelloForBusiness": "Windows Hello for Business",
    "platformCredential": "platform credential",
    "x509Certificate": "certificate",
    "microsoftAuthenticator": "Microsoft Authenticator",
    "softwareOath": "software one-time code",
    "hardwareOath": "hardware one-time code",
    "external": "external method",
    "temporaryAccessPass": "Temporary Access Pass",
    "phone": "phone",
    "email": "e-mail",
    "qrCodePin": "QR code and PIN",
    "password": "password",
}
WORDS = {"phishing_resistant": "phishing-resistant", "strong": "strong", "weak": "weak"}


class Method(msgspec.Struct, rename="camel"):
    """One authentication method. Phone numbers and addresses are left where they are."""

    id: str
    odata_type: str | None = msgspec.field(name="@odata.type", default=None)
    created_date_time: datetime | None = None
    display_name: str | None = None
    device_tag: str | None = None
    model: str | None = None
    phone_type: str | None = None

    @property
    def kind(self) -> str:
        """Return ``fido2`` for ``#microsoft.graph.fido2AuthenticationMethod``."""
        return (self.odata_type or "").rpartition(".")[2].removesuffix("AuthenticationMethod") or "unknown"


def facts(view: View) -> Iterator[Fact]:
    """Yield each method, and what they come to when all were read."""
    methods = view.answers.decode("auth_methods", Method)
    if methods is None:
        return
    ref = view.answers.ref("auth_methods")
    yield from (_method(method, ref) for method in methods)
    if view.answers.is_complete("auth_methods"):
        yield _summary(methods, ref)


def _method(method: Method, ref: str) -> Fact:
    strength = STRENGTHS.get(method.kind)
    name = NAMES.get(method.kind, quoted(method.kind))
    detail = method.display_name or method.model or method.phone_type or method.device_tag
    text = f"The user has the authentication method {name}"
    text += f", {quoted(detail)}" if detail else ""
    text += f", {WORDS[strength]}" if strength in WORDS else ""
    text += f", registered at {iso(method.created_date_time)}" if method.created_date_time else ""
    return fact(
        "user.auth_method",
        f"{text}.",
        graph(ref),
        at=method.created_date_time,
        method=method.kind,
        name=name,
        created_at=method.created_date_time,
        strength=strength,
        detail=detail,
        id=method.id,
    )


def _summary(methods: list[Method], ref: str) -> Fact:
    kinds = [method.kind for method in methods]
    resistant = any(STRENGTHS.get(kind) == "phishing_resistant" for kind in kinds)
    names = sorted({NAMES.get(kind, quoted(kind)) for kind in kinds})
    text = f"The user has {counted(len(methods), 'authentication method')}"
    text += f": {listed(names)}" if names else ""
    text += "; at least one is phishing-resistant" if resistant else "; none is phishing-resistant"
    return fact(
        "user.auth_methods",
        f"{text}.",
        graph(ref),
        count=len(methods),
        methods=names,
        has_phishing_resistant=resistant,
        has_password="password" in kinds,
    )
