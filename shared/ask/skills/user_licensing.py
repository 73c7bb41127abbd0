"""Which users have a licence, and which have none."""

import re
from collections.abc import Mapping

from shared.ask.fields import PEOPLE, PERSON_SELECT
from shared.ask.found import MOST_PAGES, PAGE, Item, both, items, listing, names, reply, rows
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field
from shared.graph.queries import Query
from shared.hostile import quoted

PRODUCTS = (
    field("skuPartNumber", "Licence", "Microsoft's name of the product"),
    field("consumedUnits", "In use", "How many are assigned"),
    field("prepaidUnits.enabled", "Bought", "How many are there and not suspended", name="enabled_units"),
    field("skuId", "Product id", "Id of the product"),
)
NAMES = {
    "ENTERPRISEPREMIUM": ("office 365 e5",),
    "ENTERPRISEPACK": ("office 365 e3",),
    "STANDARDPACK": ("office 365 e1",),
    "SPE_E5": ("microsoft 365 e5", "m365 e5"),
    "SPE_E3": ("microsoft 365 e3", "m365 e3"),
    "SPE_F1": ("microsoft 365 f3", "m365 f3"),
    "SPB": ("microsoft 365 business premium",),
    "EMSPREMIUM": ("enterprise mobility + security e5", "ems e5"),
    "EMS": ("enterprise mobility + security e3", "ems e3"),
    "AAD_PREMIUM": ("entra id p1", "microsoft entra id p1", "azure ad premium p1"),
    "AAD_PREMIUM_P2": ("entra id p2", "microsoft entra id p2", "azure ad premium p2"),
    "FLOW_FREE": ("power automate free",),
    "POWER_BI_PRO": ("power bi pro",),
    "VISIOCLIENT": ("visio plan 2",),
    "PROJECTPROFESSIONAL": ("project plan 3",),
}
"""What people call products that Graph knows by their part number only (Microsoft's list of product names)."""


@skill(
    id="users_without_licence",
    area="users",
    title="Users without licences",
    description="Which users, and how many, have no licence assigned at all.",
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "List users without assigned licenses.",
        "which users have no licence",
        "how many users are unlicensed",
        "show accounts with no license assigned",
    ),
)
async def users_without_licence(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read users by the number of their licences."""
    answers = await look.read(
        look.query(
            "users",
            look.api.users,
            what="users without licences",
            permission="User.Read.All",
            pages=MOST_PAGES,
            is_advanced=True,
            filter="assignedLicenses/$count eq 0",
            select=PERSON_SELECT,
            top=PAGE,
        )
    )
    return listing(
        answers, "users", kind="user", thing="user", phrase="without a licence", title="Users", fields=PEOPLE
    )


@skill(
    id="users_with_licence",
    area="users",
    title="Users with a licence",
    description="Which users, and how many, have one given licence; not for how many licences the tenant has.",
    inputs=(Input(name="licence", kind="text", description="Name, part number or id of the product."),),
    permissions=("User.Read.All", "LicenseAssignment.Read.All"),
    paths=("/subscribedSkus", "/users"),
    examples=(
        "Are there any users with {licence}?",
        "who has a {licence} license",
        "which users have the licence {licence}",
        "how many users have {licence} assigned",
        "list users with a {licence} licence",
    ),
)
async def users_with_licence(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Find the product among those of the tenant, then its users."""
    wanted = words(given, "licence")
    first = await look.read(
        look.query(
            "products",
            look.api.subscribed_skus,
            what="the licences of the tenant",
            permission="LicenseAssignment.Read.All",
            keep_seconds=3600,
        )
    )
    products = items(first, "products")
    if products is None:
        return reply(first, ())
    found = [product for product in products if is_called(product, wanted)]
    found = found or [product for product in products if is_called(product, wanted, in_part=True)]
    if len(found) != 1:
        none = f"The tenant has no licence called {quoted(wanted)}; it has {names(products, 'skuPartNumber')}."
        many = f"{quoted(wanted)} may be {names(found, 'skuPartNumber')}."
        return reply(
            first,
            [many if found else none],
            tables=[rows(first, "products", "Licences of the tenant", PRODUCTS, found or products)],
            facts={"found": False},
            follow_ups=[f"Are there any users with {product.get('skuPartNumber')}?" for product in found or products],
        )
    answers = both(first, await look.read(_holders(look, found[0])))
    name = quoted(str(found[0].get("skuPartNumber")))
    return listing(
        answers,
        "users",
        kind="user",
        thing="user",
        phrase=f"with the licence {name}",
        title="Users",
        fields=PEOPLE,
        follow_ups=("List users without assigned licenses.",),
    )


def is_called(product: Item, wanted: str, *, in_part: bool = False) -> bool:
    """Say whether a product has this name, or a name that ends so: part number, id, or what people call it."""
    part = str(product.get("skuPartNumber") or "")
    called = (part, part.replace("_", " "), str(product.get("skuId") or ""), *NAMES.get(part, ()))
    plain, known = _plain(wanted), {_plain(name) for name in called}
    return plain in known or (in_part and len(plain) > 1 and any(name.endswith(plain) for name in known))


def _plain(name: str) -> str:
    """Return a name without what people leave out: case, spaces, signs and the word licence."""
    return re.sub(r"[^a-z0-9]+|licen[cs]es?|microsoft", "", name.lower())


def _holders(look: Look, product: Item) -> Query:
    return look.query(
        "users",
        look.api.users,
        what="users with the licence",
        permission="User.Read.All",
        pages=MOST_PAGES,
        is_advanced=True,
        filter=f"assignedLicenses/any(x:x/skuId eq {product.get('skuId')})",
        select=PERSON_SELECT,
        top=PAGE,
    )
