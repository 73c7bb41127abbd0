"""Groups of the bank: one for each department, and the few that matter when a member's account falls."""

from local.story.directory import Resource, group

DEPARTMENTS = (
    "Executive",
    "Information Security",
    "Information Technology",
    "Finance",
    "Payments",
    "Customer Service",
    "Corporate Banking",
    "Compliance",
    "Human Resources",
    "Marketing",
    "Retail Banking",
)
ROLES_OF_GROUPS = {"Identity Platform Operators": ("Cloud Application Administrator",)}
"""Directory roles that a role-assignable group passes on to its members."""


def department_group(department: str) -> str:
    """Return the name of a department's group."""
    return f"{department} Department"


def groups() -> dict[str, Resource]:
    """Return all groups by name."""
    found = [
        group(department_group(name), f"Everyone in {name}", rule=f'(user.department -eq "{name}")')
        for name in DEPARTMENTS
    ]
    found += [
        group("Treasury Payment Approvers", "May release payments above 1,000,000 EUR"),
        group("Identity Platform Operators", "Operate the identity platform", role_assignable=True),
        group("Break-glass accounts", "Left out of every Conditional Access policy", role_assignable=True),
        group("Project Lighthouse (external)", "Guests and staff of the Lighthouse project"),
    ]
    return {str(item["displayName"]): item for item in found}
