"""What a real tenant may refuse, as options: permissions, licences, latency, faults, throttling. All off by default."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from local.tenant.answers import GraphError, denied
from local.tenant.catalogue import (
    ACTIVITY_PERMISSION,
    BASIC_PERMISSION,
    BASIC_PROPERTIES,
    READERS,
    Resource,
)
from local.tenant.query import Query
from local.tenant.routes import Element, Route, locate

type Fault = Literal["500", "503", "429", "reset"]
type Licence = Literal["P1", "P2", "Governance", "WorkloadIdentities"]

_PREFIX = "#microsoft.graph."
_FREE_DETECTIONS = frozenset(
    {
        "adminConfirmedUserCompromised",
        "anonymizedIPAddress",
        "generic",
        "investigationsThreatIntelligence",
        "leakedCredentials",
        "unknownFutureValue",
    }
)
"""Detections that a tenant without P2 sees by name; the premium ones show as ``generic``."""
_HIDDEN = {
    "riskDetection": ("riskLevel", "riskDetail"),
    "signIn": ("riskLevelDuringSignIn", "riskLevelAggregated", "riskDetail"),
}
"""Properties that read ``hidden`` without P2."""
_PLANS = {
    "P1": ("AAD_PREMIUM",),
    "P2": ("AAD_PREMIUM_P2",),
    "WorkloadIdentities": ("AAD_WRKLDID_P1", "AAD_WRKLDID_P2"),
}
"""Service plans of ``subscribedSkus`` by licence."""
_WORKLOAD_TYPES = ("riskyServicePrincipal", "riskyServicePrincipalHistoryItem", "servicePrincipalRiskDetection")


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How strict the stand-in is. The defaults grant everything, at once, for ever."""

    roles: frozenset[str] | None = None
    """Application permissions granted to the caller; None: all."""
    licences: frozenset[Licence] | None = None
    """Licences of the tenant, P2 includes P1; None: all."""
    latency_ms: float = 0
    """How long each HTTP request takes; a batch takes it once."""
    fault_every: int = 0
    """One in so many requests fails, batch items counted one by one; 0: none."""
    faults: tuple[Fault, ...] = ("500", "503", "429", "reset")
    """Faults in the order in which they happen, over and over. A batch item cannot be reset: it gets a 504."""
    limits: bool = False
    """Enforce the documented throttling limits."""
    max_page: int | None = None
    """The longest page, to see paging with little data; None: as long as Graph's."""

    @property
    def is_narrowing(self) -> bool:
        """Say whether the tenant looks smaller through these rules."""
        return self.roles is not None or self.licences is not None or self.max_page is not None

    def check(self, route: Route, query: Query) -> None:
        """Raise GraphError for a missing permission or licence."""
        resource = route.resource
        if resource is None:
            return
        self._check_permissions(resource, query, route.cast)
        self._check_licence(resource, query)

    def view(self, resource: Resource, element: Element) -> Element:
        """Return what the caller may see of an element."""
        return self._as_licensed(resource, self._as_permitted(resource, element))

    def has_role(self, any_of: tuple[str, ...]) -> bool:
        """Say whether one of these permissions is granted; ``ReadWrite`` grants the ``Read`` of the same name."""
        return self.roles is None or not any_of or bool(_with_reads(self.roles).intersection(any_of))

    def has_licence(self, licence: str) -> bool:
        """Say whether the tenant has a licence. ``P1`` comes with P2, and PIM's P2 part with Governance too."""
        return self.licences is None or licence in self.licences or (licence == "P1" and "P2" in self.licences)

    def _check_permissions(self, resource: Resource, query: Query, cast: str) -> None:
        needs = READERS.get(cast, resource.needs) if resource.is_read_by_cast else resource.needs
        if not self.has_role(needs) and not self._is_basic_read(resource, query):
            raise denied()
        if "signInActivity" in query.select and not self.has_role((ACTIVITY_PERMISSION,)):
            raise denied()
        for expansion in query.expand:
            below, _ = locate((*resource.path.split("/"), "{}", expansion.name))
            if below is not None and not self.has_role(below.needs):
                raise denied()

    def _is_basic_read(self, resource: Resource, query: Query) -> bool:
        is_basic = bool(query.select) and BASIC_PROPERTIES.issuperset(query.select)
        return resource.type == "user" and is_basic and self.has_role((BASIC_PERMISSION,))

    def _check_licence(self, resource: Resource, query: Query) -> None:
        is_licensed = not resource.premium or self.has_licence(resource.premium)
        if resource.path.startswith("roleManagement/"):
            if not is_licensed and not self.has_licence("Governance"):
                raise GraphError(
                    400,
                    "AadPremiumLicenseRequired",
                    "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
                )
        elif resource.bucket == "identity_protection":
            if not is_licensed:
                raise GraphError(403, "Forbidden", "Your tenant is not licensed for this feature.")
        elif not is_licensed or ("signInActivity" in query.select and not self.has_licence("P1")):
            raise GraphError(
                403,
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license",
            )

    def _as_permitted(self, resource: Resource, element: Element) -> Element:
        """Cut an object inside a mixed list down to type and id when its own kind may not be read."""
        type_name = str(element.get("@odata.type", "")).removeprefix(_PREFIX)
        if resource.type != "directoryObject" or self.has_role(READERS.get(type_name, ())):
            return element
        return {name: value for name, value in element.items() if name in ("@odata.type", "id")}

    def _as_licensed(self, resource: Resource, element: Element) -> Element:
        if resource.type == "subscribedSku":
            return self._as_subscribed(element)
        hidden = _HIDDEN.get(resource.type, ()) if not self.has_licence("P2") else ()
        if resource.type in _WORKLOAD_TYPES and not self.has_licence("WorkloadIdentities"):
            hidden = ("riskDetail",)
        changed: dict[str, object] = {name: "hidden" for name in hidden if name in element}
        is_premium = element.get("riskEventType") not in _FREE_DETECTIONS
        if resource.type == "riskDetection" and is_premium and not self.has_licence("P2"):
            changed["riskEventType"] = "generic"
        return {**element, **changed} if changed else element

    def _as_subscribed(self, element: Element) -> Element:
        """Take the service plans of licences that the tenant does not have out of a subscription."""
        missing = {plan for licence, plans in _PLANS.items() if not self.has_licence(licence) for plan in plans}
        plans = element.get("servicePlans")
        if not missing or not isinstance(plans, list):
            return element
        return {**element, "servicePlans": [plan for plan in plans if plan.get("servicePlanName") not in missing]}


def _with_reads(roles: frozenset[str]) -> frozenset[str]:
    return roles | {role.replace(".ReadWrite.", ".Read.") for role in roles}


def rules_from(values: Mapping[str, object]) -> Rules:
    """Build rules from plain values, as a command line or a scenario file has them. Raises ValidationError."""
    return msgspec.convert(values, Rules, strict=False)
