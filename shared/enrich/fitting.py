"""What decides which remedy fits: where the password is kept, what the tenant pays for, who else holds the role."""

import re
from collections.abc import Iterator

import msgspec

from shared.activities import folded
from shared.enrich.profile import User, own_names
from shared.enrich.roles import Assignment
from shared.enrich.statement import counted, fact, graph
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.graph.licences import Subscription, licences_of
from shared.graph.queries import P2
from shared.hostile import quoted
from shared.models.dossier import Fact, Source
from shared.models.records import SignIn

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
"""Template id, the same in every tenant: whoever removes the last holder locks everybody out."""
FEWEST_SIGN_INS = 5
"""Sign-ins without a person from which on their pattern says something."""
PROGRAM_PROTOCOLS = {"ropc"}
LEGACY_CLIENTS = {"imap4", "pop3", "authenticatedsmtp", "exchangeactivesync", "otherclients", "mapioverhttp"}
_SERVICE_NAME = re.compile(r"(?:svc|srv|service|sa|app|bot|robot)[-_.]|.*[-_.](?:svc|service|bot)$", re.IGNORECASE)


class Features(msgspec.Struct, rename="camel"):
    """``features`` of the tenant's synchronisation."""

    password_writeback_enabled: bool | None = None


class Synchronisation(msgspec.Struct):
    """One element of ``/directory/onPremisesSynchronization``."""

    features: Features | None = None


class Domain(msgspec.Struct, rename="camel"):
    """One domain of the tenant; ``id`` is its name."""

    id: str
    authentication_type: str | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield what is known; what was not asked, because it would change no remedy, leaves nothing."""
    yield from _writeback(view.answers)
    yield from _domain(view.answers)
    yield from _licence(view.answers)
    yield from _role_holders(view)
    yield from _used_by_programs(view)


def is_synchronised(answers: Answers) -> bool:
    """Say whether the profile shows an account that is mastered on premises."""
    return any(user.on_premises_sync_enabled is True for user in answers.decode("profile", User) or [])


def holds_top_role(answers: Answers) -> bool:
    """Say whether the user is a Global Administrator by an assignment of the account's own."""
    held = answers.decode("role_assignments", Assignment) or []
    return any(item.template_id == GLOBAL_ADMINISTRATOR for item in held)


def _writeback(answers: Answers) -> Iterator[Fact]:
    for found in (answers.decode("writeback", Synchronisation) or [])[:1]:
        enabled = found.features.password_writeback_enabled if found.features else None
        if enabled is not None:
            text = f"Password writeback to the directory on premises is {'on' if enabled else 'off'}."
            yield fact("tenant.writeback", text, graph(answers.ref("writeback")), enabled=enabled)


def _domain(answers: Answers) -> Iterator[Fact]:
    users = answers.decode("profile", User) or []
    names = {(user.user_principal_name or "").rpartition("@")[2].lower() for user in users if user.user_type != "Guest"}
    for domain in answers.decode("domains", Domain) or []:
        if domain.id.lower() in names and domain.authentication_type:
            federated = domain.authentication_type.lower() == "federated"
            text = f"The domain {quoted(domain.id)} of the user's name is "
            text += "federated: another identity provider checks the password." if federated else "managed in Entra."
            yield fact("tenant.domain", text, graph(answers.ref("domains")), domain=domain.id, federated=federated)


def _licence(answers: Answers) -> Iterator[Fact]:
    found = answers.decode("licences", Subscription)
    if not found:
        return
    has = P2 in licences_of(found)
    text = f"The tenant {'subscribes' if has else 'does not subscribe'} to {P2}."
    yield fact("tenant.licence", text, graph(answers.ref("licences")), p2=has)


def _role_holders(view: View) -> Iterator[Fact]:
    held = view.answers.decode("role_holders", Assignment)
    if held is None or not view.answers.is_complete("role_holders"):
        return
    everybody = {item.principal_id.lower() for item in held if item.principal_id}
    others = everybody - {view.user_id.lower()}
    yield fact(
        "tenant.role_holders",
        f'The role "Global Administrator" has {counted(len(others), "other holder")}.',
        graph(view.answers.ref("role_holders")),
        role="Global Administrator",
        template_id=GLOBAL_ADMINISTRATOR,
        others=len(others),
    )


def _used_by_programs(view: View) -> Iterator[Fact]:
    """Yield that programs sign in as this user: its name says so, or no sign-in was ever a person's."""
    users = view.answers.decode("profile", User) or []
    named = [user for user in users if _SERVICE_NAME.match((user.user_principal_name or "").partition("@")[0])]
    let_in = [record for record in view.sign_ins if record.succeeded]
    by_programs = len(let_in) >= FEWEST_SIGN_INS and all(_is_program(record) for record in let_in)
    if view.settings.policy.is_service_account(*own_names(view)):
        source = Source(kind="setting", ref="policy identities.service_accounts")
        yield fact("user.service_account", "The account is listed as used by programs.", source, by="policy")
    elif named:
        source = graph(view.answers.ref("profile"))
        text = "The account is used by programs: its name follows the pattern of service accounts."
        yield fact("user.service_account", text, source, by="name")
    elif by_programs:
        text = "The account is used by programs: no successful sign-in was made by a person."
        yield fact("user.service_account", text, view.source(let_in[-1]), by="sign_ins")


def _is_program(record: SignIn) -> bool:
    protocol = (record.authentication_protocol or "").lower()
    client = folded(record.client_app_used or "")
    return record.is_interactive is True and (protocol in PROGRAM_PROTOCOLS or client in LEGACY_CLIENTS)
