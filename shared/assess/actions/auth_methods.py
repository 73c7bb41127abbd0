"""Actions on authentication methods: remove what was added, register again, and a pass to do it with."""

from typing import NamedTuple

from shared.activities import folded
from shared.assess import deeds
from shared.assess.entry import action
from shared.assess.situation import Need, Proposal, Situation, body_of, segment
from shared.assess.values import flag, ids, moment, number, utc
from shared.assess.wording import method_name
from shared.models.dossier import Fact

ANY_METHOD = "UserAuthenticationMethod.ReadWrite.All"
MFA_BROKEN = (
    "attacker_in_the_middle",
    "auth_method_added_after_risk",
    "mfa_fatigue_approved",
    "suspicious_mfa_approval",
)
"""Findings after which nobody can say whose methods the registered ones are."""


class MethodKind(NamedTuple):
    """Where Graph keeps a kind of method, and what may delete it."""

    names: tuple[str, ...]
    path: str
    permission: str


KINDS = (
    MethodKind(("fido2", "passkey"), "fido2Methods", "UserAuthMethod-Passkey.ReadWrite.All"),
    MethodKind(("softwareoath", "softwaretoken"), "softwareOathMethods", "UserAuthMethod-SoftwareOATH.ReadWrite.All"),
    MethodKind(("windowshello",), "windowsHelloForBusinessMethods", "UserAuthMethod-WindowsHello.ReadWrite.All"),
    MethodKind(("temporaryaccesspass",), "temporaryAccessPassMethods", "UserAuthMethod-TAP.ReadWrite.All"),
    MethodKind(("platformcredential",), "platformCredentialMethods", "UserAuthMethod-PlatformCred.ReadWrite.All"),
    MethodKind(("email",), "emailMethods", "UserAuthMethod-Email.ReadWrite.All"),
    MethodKind(("authenticator",), "microsoftAuthenticatorMethods", "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All"),
    MethodKind(("phone", "mobile", "sms", "textmessage"), "phoneMethods", "UserAuthMethod-Phone.ReadWrite.All"),
)
"""Most telling name first: a phone can be part of many a name."""


@action(
    "Remove an authentication method",
    rank=40,
    request="DELETE /users/{id}/authentication/{kind}Methods/{id}",
    permission=ANY_METHOD,
    role="Authentication Administrator",
    reversible=False,
    reversal="The user registers the method again.",
    blast_radius="This method of this user.",
    does_not_fix=("Sessions that are already open", "Other methods: compare the whole list with the user"),
    after=("disable_account", "revoke_sessions"),
)
def remove_auth_method(situation: Situation) -> list[Proposal]:
    """Offered for each method that was added in the aftermath of the risk."""
    proposals = _removed(situation)
    for fact in _added(situation):
        kind = kind_of(fact)
        if not situation.is_attacked or kind is None or not fact.text_of("id"):
            continue
        proposals.append(
            Proposal(
                when=situation.urgent,
                why=f"The method {method_name(fact)} was added after the risk began.",
                facts=(fact.id, *_before(situation, fact)),
                method="DELETE",
                url=_url(situation, fact, kind),
                permission=kind.permission,
                role=situation.operator("Authentication Administrator"),
                needs=(situation.needs_account(), *situation.needs_operator()),
            )
        )
    return proposals


@action(
    "Compare the methods with the user",
    rank=41,
    request="GET /users/{id}/authentication/methods",
    permission="UserAuthenticationMethod.Read.All",
    role="Authentication Administrator",
    reversible=True,
    reversal="Nothing to undo: it only reads.",
    blast_radius="None until a method is removed.",
    does_not_fix=("Anything by itself",),
)
def review_auth_methods(situation: Situation) -> list[Proposal]:
    """Offered for users without a password: their methods are all there is to lose."""
    methods = situation.reading.one("user.auth_methods")
    if not situation.is_user or situation.is_guest or not situation.is_attacked or methods is None:
        return []
    if flag(methods, "has_password") is not False or not number(methods, "count"):
        return []
    return [
        Proposal(
            when=situation.urgent,
            why="The user has no password, so the methods are all there is to compare.",
            facts=ids(methods, *situation.reading.all("user.auth_method")),
            method="GET",
            url=situation.user_url("/authentication/methods"),
            needs=(situation.needs_account(),),
        )
    ]


@action(
    "Have MFA registered again",
    rank=45,
    request="POST /$batch",
    permission=ANY_METHOD,
    role="Authentication Administrator",
    reversible=False,
    reversal="The user registers every method again.",
    blast_radius="All methods of this user but the password. Send the batch again when the default one stays.",
    does_not_fix=("Who registers next: give the pass to the person and to nobody else",),
    after=("disable_account", "revoke_sessions"),
)
def require_mfa_reregistration(situation: Situation) -> list[Proposal]:
    """Offered after MFA was got past: one batch that deletes every registered method that Graph can delete."""
    if not situation.is_user or situation.verdict != "compromised" or not situation.grounds.has(*MFA_BROKEN):
        return []
    known = [
        (fact, kind)
        for fact in situation.reading.all("user.auth_method")
        if (kind := kind_of(fact)) and fact.text_of("id")
    ]
    methods_read = True if known else None if situation.reading.gap("user.auth_method") else False
    needs = (
        situation.needs_account(),
        situation.needs_member("A guest registers methods in the home tenant."),
        situation.needs_no_break_glass(),
        situation.needs_person(),
        Need(
            text="The registered methods are known.",
            met=methods_read,
            otherwise="No method that Graph can delete is registered.",
        ),
        *situation.needs_operator(),
    )
    requests = [
        {"id": str(place), "method": "DELETE", "url": _url(situation, fact, kind)}
        for place, (fact, kind) in enumerate(known, start=1)
    ]
    return [
        Proposal(
            when="next",
            why="MFA was got past, so each method may be the attacker's.",
            facts=situation.grounds.facts_of(*MFA_BROKEN),
            method="POST" if known else "GET",
            url="/$batch" if known else situation.user_url("/authentication/methods"),
            body=body_of({"requests": requests}) if known else "",
            role=situation.operator("Authentication Administrator"),
            needs=needs,
        )
    ]


@action(
    "Issue a Temporary Access Pass",
    rank=68,
    request="POST /users/{id}/authentication/temporaryAccessPassMethods",
    permission="UserAuthMethod-TAP.ReadWrite.All",
    role="Authentication Administrator",
    reversible=True,
    reversal="DELETE the pass under the same path; it also ends by itself after an hour or one use.",
    blast_radius="Whoever holds the pass is the user for one sign-in. It stands in the answer only: never store it.",
    does_not_fix=("A foothold that is still there: remove it first",),
    after=("revoke_sessions", "remove_auth_method", "require_mfa_reregistration"),
)
def issue_temporary_access_pass(situation: Situation) -> list[Proposal]:
    """Offered so that the person, known by face or voice, can register again."""
    if not situation.is_user or situation.verdict != "compromised" or not situation.grounds.has(*MFA_BROKEN):
        return []
    return [
        Proposal(
            when="later",
            why="The person needs one sign-in to set up methods of their own.",
            facts=situation.grounds.facts_of(*MFA_BROKEN),
            method="POST",
            url=situation.user_url("/authentication/temporaryAccessPassMethods"),
            body=body_of({"lifetimeInMinutes": 60, "isUsableOnce": True}),
            role=situation.operator("Authentication Administrator"),
            needs=(
                situation.needs_account(),
                situation.needs_member("A guest cannot use a pass of this tenant."),
                situation.needs_no_break_glass(),
                situation.needs_person(),
                Need(text="The tenant allows Temporary Access Passes for this user.", met=None),
                Need(text="Somebody has made sure, outside this account, that it is the person who asks.", met=None),
                *situation.needs_operator(),
            ),
        )
    ]


def _removed(situation: Situation) -> list[Proposal]:
    """Return what says that a method of the aftermath is gone already, where none of them is left."""
    deed = deeds.method_removed(situation.reading)
    if deed is None or not situation.is_user or _added(situation):
        return []
    gone = Need(
        text="A method that was added is still there.",
        met=False,
        otherwise="An authentication method was already removed after the risk.",
        deed=deed,
    )
    return [Proposal(when="next", why="A method was removed after the risk began.", facts=deed.facts, needs=(gone,))]


def kind_of(method: Fact) -> MethodKind | None:
    """Return where Graph keeps a method; None for the password and what Graph cannot delete."""
    if method.text_of("strength") == "password":
        return None
    name = folded(method.text_of("method"))
    return next((kind for kind in KINDS if any(part in name for part in kind.names)), None)


def _url(situation: Situation, method: Fact, kind: MethodKind) -> str:
    return situation.user_url(f"/authentication/{kind.path}/{segment(method.text_of('id'))}")


def _added(situation: Situation) -> list[Fact]:
    cited = set(situation.grounds.facts_of("auth_method_added_after_risk"))
    return [fact for fact in situation.reading.all("user.auth_method") if fact.id in cited]


def _before(situation: Situation, fact: Fact) -> tuple[str, ...]:
    return ids(situation.reading.risk_before(moment(fact, "created_at") or utc(fact.at)))
