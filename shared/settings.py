"""Settings: every environment variable the app reads, in one place, checked once."""

import os
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal
from urllib.parse import urlencode

import msgspec

from shared.errors import ConfigurationError
from shared.policy import Policy, default_policy, read_policy


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What ``TRIAGE_…`` and the SDKs' own variables say. docs/architecture.md lists each."""

    state_store: Literal["sqlite", "azure"] = "sqlite"
    """Where state is: `sqlite`, embedded, for one machine; `azure`, the storage account of AzureWebJobsStorage."""
    state_path: str = ".local/state.sqlite"
    """Embedded state: path of the SQLite file."""
    tenant_id: str = ""
    """Tenant of records that name none themselves; without it such records are parked."""
    tenants_path: str = ""
    """TOML file of several tenants, each with its own policy and destinations; docs/tenants.md. Empty: one tenant."""
    easy_auth: bool = False
    """Whether Easy Auth stands before the app: only then is its word on who calls believed."""
    graph_share: float = 1.0
    """Share of Graph's documented limits that this app may use, so that others in the tenant get theirs."""
    graph_url: str = "https://graph.microsoft.com/v1.0"
    """Root of Microsoft Graph with its version; sovereign clouds have their own."""
    graph_timeout_seconds: float = 10.0
    """Longest that reading one identity may take, retries included; what is late becomes a gap."""
    poll_risk: bool = False
    """Read changes of risk from Graph each minute, for a tenant that does not stream them; needs TRIAGE_TENANT_ID."""
    policy_path: str = ""
    """TOML file that tunes thresholds, weights, exclusions and trusted networks; see shared/policy.toml."""
    history_days: int = 30
    """How far back sign-ins and audits are read."""
    update_delay_seconds: int = 60
    """Signals after the first are gathered for this long and make one update."""
    lease_seconds: int = 120
    """How long a worker may hold a case; longer than the slowest triage."""
    delivery_mode: Literal["off", "shadow", "live"] = "live"
    """``off``: reports only; ``shadow``: what would be sent goes to queue tickets-shadow; ``live``: tickets."""
    destinations: tuple[str, ...] = ("queue",)
    """Where tickets go, separated by commas; docs/destinations.md lists them."""
    private_hosts: tuple[str, ...] = ()
    """Hosts of destinations, or of a proxy, that may be in a private network, separated by commas."""
    webhook_url: str = ""
    """Address of the webhook, https."""
    webhook_secret: str = ""
    """Standard Webhooks secret, ``whsec_`` and base64."""
    service_bus_url: str = ""
    """Queue or topic for tickets, https://NAMESPACE.servicebus.windows.net/NAME."""
    event_hub_namespace: str = ""
    """Event Hubs namespace for tickets, NAME.servicebus.windows.net, reached with the app's identity."""
    event_hub_name: str = ""
    """Event hub for tickets."""
    event_hub_connection: str = ""
    """Connection string instead of the namespace, for the emulator or a namespace without Entra."""
    servicenow_url: str = ""
    """ServiceNow instance, https://NAME.service-now.com."""
    servicenow_user: str = ""
    """ServiceNow user whose password is TRIAGE_SERVICENOW_PASSWORD."""
    servicenow_password: str = ""
    """Its password."""
    servicenow_api_key: str = ""
    """ServiceNow REST API key, instead of user and password."""
    servicenow_assignment_group: str = ""
    """sys_id of the group that new incidents go to; empty: the instance's own assignment rules."""
    servicenow_caller: str = ""
    """sys_id of the caller of new incidents; empty: none."""
    servicenow_close_code: str = "Solution provided"
    """Resolution code of incidents whose risk is over; older releases call it Solved (Permanently)."""
    jira_url: str = ""
    """Jira Cloud site, https://NAME.atlassian.net."""
    jira_user: str = ""
    """Mail address of the Jira user whose API token is TRIAGE_JIRA_TOKEN."""
    jira_token: str = ""
    """Its API token."""
    jira_project: str = ""
    """Key of the project that issues go to."""
    jira_issue_type: str = "Task"
    """Type of new issues."""
    jira_priorities: tuple[str, ...] = ()
    """Five names of priorities from critical to informational, separated by commas; empty: none is set."""
    jira_closed_status: str = ""
    """Status of issues whose risk is over; empty: the first that the workflow counts as done."""
    jira_open_status: str = ""
    """Status of issues that new risk opens again; empty: the first that is not done."""
    sentinel_workspace: str = ""
    """Resource id of the Log Analytics workspace with Microsoft Sentinel."""
    arm_url: str = "https://management.azure.com"
    """Root of Azure Resource Manager; sovereign clouds have their own."""
    slack_channel: str = ""
    """Id of the Slack channel for tickets, as C0123ABCD4."""
    slack_token: str = ""
    """Token of the Slack app's bot, xoxb-…"""
    slack_url: str = "https://slack.com/api"
    """Root of Slack's Web API; GovSlack has its own, https://slack-gov.com/api."""
    teams_url: str = ""
    """Address of a Teams Workflows webhook; it holds a signature, so keep it as a secret."""
    public_url: str = ""
    """Where people reach this app, for links in tickets; empty: no links."""
    model_provider: Literal["offline", "openai", "azure"] = "offline"
    """Who writes: the template (offline), an OpenAI-compatible endpoint, or Azure OpenAI."""
    model: str = ""
    """Model name, or deployment name on Azure OpenAI."""
    model_url: str = ""
    """Base URL of an OpenAI-compatible endpoint, or the Azure OpenAI endpoint."""
    model_api_key: str = ""
    """Key for an OpenAI-compatible endpoint; Azure OpenAI uses the app's identity instead."""
    model_timeout_seconds: float = 30.0
    """Longest wait for one answer of the model."""
    model_input_price: float = 0.0
    """What a million tokens of prompts cost, in any currency, for the metric of cost; 0: not counted."""
    model_output_price: float = 0.0
    """What a million tokens of answers cost."""
    prompt_timeout_seconds: float = 60.0
    """Longest that one prompt may take, look-ups and model together; what is late answers ``timedOut``."""
    session_idle_hours: int = 8
    """A session of prompts that is not used for this long is forgotten."""
    prompt_keep_days: int = 30
    """How long prompts, answers and runs of promptbooks are kept, for polling and feedback."""
    keep_days: int = 365
    """How long an ended case and all that belongs to it is kept, and whatever has no time of its own."""
    now: datetime | None = None
    """Run as if it were this moment, ticking on from there (demo and rehearsals only)."""

    @cached_property
    def policy(self) -> Policy:
        """Return the policy that ``policy_path`` names, or the defaults. Raises ConfigurationError."""
        return read_policy(self.policy_path) if self.policy_path else default_policy()

    def path_of(self, path: str, **query: int | str) -> str:
        """Return a path of the API as whoever follows it needs it: it names the tenant where there are several."""
        if self.tenants_path:
            query["tenant"] = self.tenant_id
        return f"{path}?{urlencode(query)}" if query else path

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment. Raises ConfigurationError that names the variable, never its value."""
        env = os.environ if env is None else env
        given: dict[str, object] = {}
        for field in msgspec.structs.fields(cls):
            text = env.get(_variable(field.name), "").strip()
            if text:
                given[field.name] = _items(text) if field.name in _LISTS else text
        try:
            settings = msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"a setting is wrong: {error}") from None
        settings.check()
        in_azure = next((name for name in _IN_AZURE if env.get(name)), None)
        if in_azure and settings.state_store == "sqlite":
            raise ConfigurationError(
                f"TRIAGE_STATE_STORE is sqlite in Azure ({in_azure} is set)",
                hint="Set TRIAGE_STATE_STORE=azure: an instance's disk is its own, and is gone with it.",
            )
        return settings

    def check(self) -> None:
        """Refuse settings that contradict each other, and a policy file that is not sound."""
        _ = self.policy
        if self.graph_share <= 0:
            raise ConfigurationError(
                "TRIAGE_GRAPH_SHARE must be more than 0", hint="1 is all of the documented limits."
            )
        if self.poll_risk and not (self.tenant_id or self.tenants_path):
            raise ConfigurationError(
                "TRIAGE_POLL_RISK needs TRIAGE_TENANT_ID", hint="Graph's own objects do not name their tenant."
            )
        for destination in self.destinations:
            missing = [_variable(name) for name in _NEEDED.get(destination, ()) if not getattr(self, name)]
            if missing:
                raise ConfigurationError(
                    f"destination `{destination}` needs {' and '.join(missing)}",
                    hint=f"Set what is missing, or take `{destination}` out of TRIAGE_DESTINATIONS.",
                )
        if min(self.prompt_timeout_seconds, self.session_idle_hours, self.prompt_keep_days) <= 0:
            raise ConfigurationError(
                "a time limit of prompts is not more than 0",
                hint="Look at TRIAGE_PROMPT_TIMEOUT_SECONDS, TRIAGE_SESSION_IDLE_HOURS and TRIAGE_PROMPT_KEEP_DAYS.",
            )
        if self.keep_days < self.history_days:
            raise ConfigurationError(
                "TRIAGE_KEEP_DAYS is less than TRIAGE_HISTORY_DAYS",
                hint="A case goes no sooner than the records that made it; 180 days are what memory weighs.",
            )
        if min(self.model_input_price, self.model_output_price) < 0:
            raise ConfigurationError(
                "a price of the model is less than 0",
                hint="Look at TRIAGE_MODEL_INPUT_PRICE and TRIAGE_MODEL_OUTPUT_PRICE.",
            )
        if self.model_provider != "offline" and not (self.model and self.model_url):
            raise ConfigurationError(
                f"model provider `{self.model_provider}` needs TRIAGE_MODEL and TRIAGE_MODEL_URL",
                hint="Set both, or TRIAGE_MODEL_PROVIDER=offline.",
            )


_IN_AZURE = ("WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME", "WEBSITE_SITE_NAME")
"""What the Functions host sets on its instances, and nothing sets elsewhere."""
_LISTS = {"destinations", "jira_priorities", "private_hosts"}
_NEEDED = {
    "webhook": ("webhook_url", "webhook_secret"),
    "service_bus": ("service_bus_url",),
    "event_hub": ("event_hub_name",),
    "servicenow": ("servicenow_url",),
    "jira": ("jira_url", "jira_user", "jira_token", "jira_project"),
    "sentinel": ("sentinel_workspace",),
    "slack": ("slack_channel", "slack_token"),
    "teams": ("teams_url",),
}
"""What a destination can't do without. Each checks the values themselves when it is made, at start."""


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _variable(field: str) -> str:
    return "TRIAGE_" + field.upper()
