"""Permissions that the user granted to apps: they outlive a new password."""

from collections.abc import Iterator

import msgspec

from shared.enrich.statement import fact, graph, listed
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.hostile import quoted
from shared.models.dossier import Fact

MOST_APPS = 5
"""Apps whose names are looked up; the second batch shall stay one batch."""
MOST_CONSENTS = 20
MICROSOFT_TENANTS = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})
RISKY_SCOPES = frozenset(
    {
        *("mail.read", "mail.readwrite", "mail.send", "mail.read.shared", "mail.readwrite.shared", "mail.send.shared"),
        *("mailboxsettings.readwrite", "ews.accessasuser.all", "full_access_as_user", "imap.accessasuser.all"),
        *("pop.accessasuser.all", "smtp.send", "contacts.read", "contacts.readwrite", "notes.read.all"),
        *("files.read.all", "files.readwrite.all", "sites.read.all", "sites.readwrite.all", "sites.fullcontrol.all"),
        *("chat.read", "chat.readwrite", "chatmessage.send", "channelmessage.read.all", "directory.accessasuser.all"),
        *("directory.readwrite.all", "user.readwrite.all", "group.readwrite.all", "application.readwrite.all"),
        *("approleassignment.readwrite.all", "delegatedpermissiongrant.readwrite.all", "user_impersonation"),
        *("rolemanagement.readwrite.directory", "privilegedaccess.readwrite.azuread", "policy.readwrite.all"),
        *("userauthenticationmethod.readwrite.all", "device.command", "bitlockerkey.read.all"),
    }
)
"""Delegated scopes that read or send mail, reach all files or chats, or change the directory."""


class Grant(msgspec.Struct, rename="camel"):
    """One ``oauth2PermissionGrant``."""

    id: str
    client_id: str | None = None
    consent_type: str | None = None
    scope: str | None = None

    @property
    def scopes(self) -> list[str]:
        """Return the granted scopes, sorted."""
        return sorted(set((self.scope or "").split()))

    @property
    def is_risky(self) -> bool:
        """Say whether a scope is one that intruders want."""
        return any(scope.lower() in RISKY_SCOPES for scope in self.scopes)


class App(msgspec.Struct, rename="camel"):
    """The service principal that holds a grant."""

    display_name: str | None = None
    app_owner_organization_id: str | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the grants, risky ones first, or that there is none."""
    grants = view.answers.decode("consents", Grant)
    if grants is None:
        return
    ref = view.answers.ref("consents")
    if not grants and view.answers.is_complete("consents") and not view.is_deleted:
        yield fact("user.no_consent", "The user has granted no permissions to apps.", graph(ref))
    own = view.case.identity.tenant_id.lower()
    found = [_consent(grant, view.answers, ref, own) for grant in grants]
    yield from sorted(found, key=lambda f: (not f.values["risky"], f.text_of("id")))[:MOST_CONSENTS]


def clients(answers: Answers) -> list[str]:
    """Return the ids of the service principals worth looking up: those with risky scopes first."""
    grants = sorted(answers.decode("consents", Grant) or [], key=lambda g: (not g.is_risky, g.id))
    return list(dict.fromkeys(grant.client_id for grant in grants if grant.client_id))[:MOST_APPS]


def _consent(grant: Grant, answers: Answers, ref: str, own_tenant: str) -> Fact:
    app = next(iter(answers.decode(f"app:{grant.client_id}", App) or []), App())
    # Microsoft's own clients ask for wide scopes every day, and the tenant answers for its own.
    owner = (app.app_owner_organization_id or "").lower()
    risky = grant.is_risky and owner not in {*MICROSOFT_TENANTS, own_tenant}
    name = quoted(app.display_name or f"service principal {grant.client_id}")
    whose = "for all users" if grant.consent_type == "AllPrincipals" else "for this user"
    scopes = sorted(grant.scopes, key=lambda scope: (scope.lower() not in RISKY_SCOPES, scope))
    text = f"The app {name} holds {listed((quoted(s) for s in scopes), longest=6) or 'no permissions'} {whose}."
    return fact(
        "user.consent",
        text,
        graph(ref),
        app=app.display_name,
        client_id=grant.client_id,
        scopes=scopes,
        consent_type=grant.consent_type,
        risky=risky,
        id=grant.id,
    )
