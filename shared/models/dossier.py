"""The dossier of a case: facts that can be cited and gaps that must be admitted.

Fact kinds and their ``values``. A value that is not known is left out; None is never stored.

user.profile          display_name, user_principal_name, user_type (Member|Guest), job_title, department, created_at,
                      external_user_state
user.account          enabled (bool)
user.deleted          Graph answered 404: no such user
user.break_glass      listed in the policy
user.canary           listed in the policy: nobody uses the account
user.password         changed_at, sessions_valid_from
user.sync             on_premises (bool)
user.home_tenant      tenant_id: where a guest's risk and password live
user.manager          display_name, user_principal_name
user.no_manager       Graph answered 404
user.role             role, template_id, assignment (active|eligible|group), via (group name), scope, privileged (bool),
                      tier, activated_at
user.no_role          all role look-ups answered, none held
user.group            name, id, role_assignable (bool), named (bool: by the policy file), helpdesk (bool): sensitive
user.groups           count
user.auth_method      method, created_at, strength (phishing_resistant|strong|weak|password), detail, name, id
user.auth_methods     count, methods (list), has_phishing_resistant (bool), has_password (bool)
user.device           name, os, compliant (bool), managed (bool), trust_type, registered_at, id
user.devices          count
user.inbox_rule       name, enabled (bool), forwards_to (list), deletes (bool), moves_to, marks_read (bool),
                      suspicious (bool), id
user.no_inbox_rule    answered, none
user.no_mailbox       Graph answered 404
user.consent          app, client_id, scopes (list), consent_type (Principal|AllPrincipals), risky (bool), id
user.no_consent       answered, none
user.service_account  by (policy|name|sign_ins): programs sign in as this user
tenant.domain         domain, federated (bool): of the user's name
tenant.writeback      enabled (bool); asked for synchronised users
tenant.licence        p2 (bool); asked where the detections do not show it
tenant.role_holders   role, template_id, others: count; asked for Global Administrators
workload.profile      display_name, app_id, type (Application|ManagedIdentity|Legacy|…), publisher,
                      own (bool: of this tenant), microsoft (bool), verified (bool), audience
workload.account      enabled (bool)
workload.deleted      Graph answered 404: no such service principal
workload.owner        display_name, user_principal_name, owner_kind, id
workload.no_owner     answered, none
workload.credential   credential_type (secret|certificate), holder (application|service principal), holder_id, key_id,
                      created_at, expires_at, expired (bool)
workload.credentials  count
workload.federated_credential  name, issuer, subject, known_issuer (bool), holder_id, id
workload.app_role     permission, resource, resource_id, tier, reach, id, created_at
workload.no_app_role  answered, none
workload.grant        scopes (list), consent_type, tier, id
risk.detection        risk_event_type, risk_level, risk_state, risk_detail, timing, ip_address, city, country,
                      request_id, detection_id, detected_at, updated_at, user_agent, key_ids (list; workloads)
risk.user             risk_level, risk_state, risk_detail
sign_in               at, outcome (success|failure|interrupted), error_code, reason, ip_address, asn, city, country,
                      app, resource, client_app, interactive (bool), requirement (single|multi),
                      mfa (satisfied|denied|claim_in_token|not_required), mfa_method, device_id, device_name,
                      device_compliant (bool), os, browser, user_agent, risk_level, risk_state, risk_event_types (list),
                      session_id, request_id, correlation_id, protocol, trusted_network (bool), policies (list),
                      pattern (see shared/patterns/alone.py), other_tenant;
                      against the baseline, only when there is one: new_country, new_ip, new_device, new_asn,
                      new_app, new_client, new_browser, new_os, new_method, odd_hour (bool), and how often what it shows
                      was seen: country_seen, country_days, address_seen, … device_…, app_…
sign_in.omitted       count: notable sign-ins beyond the cap
sign_in.baseline      days (of the span), active_days, sign_ins, countries (list), cities (list), asns (list),
                      apps (list), devices (list), browsers (list), methods (list), hours (list),
                      addresses: number of distinct ones
sign_in.mfa_denials   denied, minutes, first_at, last_at, approved_at (when one was approved after), ip_address
sign_in.spray         ip_address, users, failures, minutes, succeeded: number of users whose password was right;
                      from many addresses: addresses (their number), request_ids (list: whose password was right)
sign_in.travel        from_country, to_country, from_city, to_city, from_ip_address, to_ip_address, minutes, kilometres
sign_in.shared_session  session_id, ip_addresses (list), countries (list)
audit                 activity, category, succeeded (bool), initiated_by (self|user|app), initiator, ip_address, target,
                      target_type, target_id, detail, change (kind in activities.toml), grave (why it opens a case by
                      itself); what the change is about, where the record says: role, role_template, role_tier,
                      app_role, scopes (list), for_everybody (bool), issuer, method,
                      protection (removed|narrowed|added|kept), left_out (list of ids), left_out_kinds (list),
                      covers_less (bool), covered_before (list; see shared/access_policies.py)
audit.omitted         count: changes beyond the cap
case.previous         case_id, opened_at, closed_at, outcome, verdict, severity, score, findings (list),
                      risk_event_types (list), ip_addresses (list), countries (list), asns (list), rating,
                      classification, comment
case.feedback         rating, classification, comment: what an analyst said of this very case
campaign.source       users, addresses (their number), ip_addresses (list), asn, user_agent, risk_event_types (list),
                      first_at, last_at, succeeded (password sprays: number of users whose password was right)
campaign.result       cases, compromised, suspicious, inconclusive, benign, unjudged; in_vain (tried, without a case)
campaign.fell, campaign.member  name, object_id, case_id, verdict, severity: a case that is compromised, and any other
campaign.omitted      count: cases beyond the cap
text.injection        where, excerpt: evidence that reads as instructions to a language model
"""

from datetime import datetime
from typing import Literal

import msgspec

type Value = str | int | float | bool | tuple[str, ...]
"""Times inside values are ISO text in UTC, ``2026-01-31T12:00:00Z``."""


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a fact comes from: an event (category and record id) or a Graph request (relative URL)."""

    kind: Literal["event", "graph", "state", "setting"]
    ref: str
    read_at: datetime | None = None
    """When Graph was asked, where that was not for this report."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One checked statement."""

    id: str
    """``F1``, ``F2`` … in the order of the dossier; stable for the same input."""
    kind: str
    text: str
    """The statement as one plain English sentence that an analyst can read on its own."""
    values: dict[str, Value] = {}
    at: datetime | None = None
    """When it happened or became true, where that is known."""
    source: Source

    def text_of(self, name: str) -> str:
        """Return a value as text, or an empty string when the fact does not carry it."""
        value = self.values.get(name)
        return "" if value is None else str(value)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that could not be had. Never read it as "none"."""

    id: str
    """``G1``, ``G2`` …"""
    kinds: tuple[str, ...]
    """The fact kinds that are missing because of it."""
    what: str
    """In words, e.g. ``authentication methods``."""
    reason: Literal["denied", "unlicensed", "throttled", "failed", "not_asked"]
    detail: str
    """Status and code, e.g. ``403 Authorization_RequestDenied``. No body, no names."""
    mend: str
    """What a person can do: the permission to grant, the licence to have, or to wait for the next update."""
    source: Source
    is_passing: bool = False
    """True when asking again later may fill it: a busy or failing service, a spent budget."""


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """All facts and gaps of one case."""

    facts: tuple[Fact, ...] = ()
    gaps: tuple[Gap, ...] = ()
    round_trips: int = 0
    """HTTP requests to Graph that it took."""

    def all(self, *kinds: str) -> list[Fact]:
        """Return the facts of these kinds, in dossier order."""
        return [fact for fact in self.facts if fact.kind in kinds]

    def one(self, kind: str) -> Fact | None:
        """Return the first fact of a kind, or None."""
        return next((fact for fact in self.facts if fact.kind == kind), None)

    def gap(self, kind: str) -> Gap | None:
        """Return the gap that explains why facts of a kind may be missing, or None."""
        return next((gap for gap in self.gaps if kind in gap.kinds), None)

    def fact(self, fact_id: str) -> Fact | None:
        """Return the fact with an id, or None."""
        return next((fact for fact in self.facts if fact.id == fact_id), None)
