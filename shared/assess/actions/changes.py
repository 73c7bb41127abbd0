"""Actions that take back a change which is grave by itself: passes, accounts, device secrets."""

from shared.activities import folded
from shared.assess.entry import action
from shared.assess.situation import Proposal, Situation, body_of, query, segment
from shared.assess.undo import grave_facts, undo
from shared.hostile import quoted


@action(
    "Delete the Temporary Access Pass",
    rank=29,
    request="DELETE /users/{id}/authentication/temporaryAccessPassMethods/{id}",
    permission="UserAuthMethod-TAP.ReadWrite.All",
    role="Privileged Authentication Administrator",
    reversible=False,
    reversal="Issue a new pass, to the user in person.",
    blast_radius="The pass no longer signs in.",
    does_not_fix=("Sessions and methods that the pass was used for: revoke and compare them",),
)
def delete_access_pass(situation: Situation) -> list[Proposal]:
    """A user has at most one pass; its id comes from the list of methods, or from a look at them."""
    path = situation.user_url("/authentication/temporaryAccessPassMethods")
    known = [
        fact.text_of("id")
        for fact in situation.reading.all("user.auth_method")
        if "temporaryaccesspass" in folded(fact.text_of("method")) and fact.text_of("id")
    ]
    why = "A pass replaces password and MFA for whoever holds it."
    return [
        undo(situation, fact, why, method="DELETE", url=f"{path}/{segment(known[0])}")
        if known
        else undo(situation, fact, why, method="GET", url=path)
        for fact in list(grave_facts(situation, "access_pass_out_of_hours"))[-1:]
    ]


@action(
    "Disable the account that was changed",
    rank=38,
    request="PATCH /users/{id}",
    permission="User.EnableDisableAccount.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="Nobody can sign in with this account.",
    does_not_fix=("Access tokens already issued, for up to an hour",),
)
def disable_changed_account(situation: Situation) -> list[Proposal]:
    """Offered for an account that was switched on and reset, for a guest made member, and for one just invited."""
    why = {
        "account_enabled_and_reset": "The account was switched on and given a new password by the same hands.",
        "guest_invited": "The guest comes from another organisation.",
        "guest_made_member": "The guest passes policies that hold guests back.",
    }
    return [
        undo(
            situation,
            fact,
            why[fact.text_of("grave")],
            method="PATCH",
            url=f"/users/{segment(fact.text_of('target_id'))}",
            body=body_of({"accountEnabled": False}),
        )
        for fact in grave_facts(situation, *why)
        if fact.text_of("target_id")
    ]


@action(
    "Make the account a guest again",
    rank=39,
    request="PATCH /users/{id}",
    permission="User.ReadWrite.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"userType":"Member"}.',
    blast_radius="The account loses what members may see and do.",
    does_not_fix=("Roles and memberships that it was given as a member",),
)
def make_guest_again(situation: Situation) -> list[Proposal]:
    """Offered for each guest who was made a member."""
    return [
        undo(
            situation,
            fact,
            "A member reads the directory and passes policies that hold guests back.",
            method="PATCH",
            url=f"/users/{segment(fact.text_of('target_id'))}",
            body=body_of({"userType": "Guest"}),
        )
        for fact in grave_facts(situation, "guest_made_member")
        if fact.text_of("target_id")
    ]


@action(
    "Find the device and rotate its secrets",
    rank=42,
    request="GET /deviceManagement/managedDevices",
    permission="DeviceManagementManagedDevices.Read.All",
    role="Intune Administrator",
    reversible=True,
    reversal="Nothing to undo: a new secret takes the place of the old one.",
    blast_radius="The secret that was read no longer opens the device once it is rotated.",
    does_not_fix=("What was read from the device with the old secret",),
)
def rotate_device_secret(situation: Situation) -> list[Proposal]:
    """Intune rotates by the id of the managed device, which the name leads to."""
    return [
        undo(
            situation,
            fact,
            f"The secret of {quoted(fact.text_of('target'))} is known to whoever read it.",
            method="GET",
            url="/deviceManagement/managedDevices?"
            + query(f"$filter=azureADDeviceId eq '{segment(fact.text_of('target_id'))}'"),
        )
        for fact in grave_facts(situation, "device_secret_read")
        if fact.text_of("target_id")
    ]
