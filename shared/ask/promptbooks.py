"""Promptbooks: chains of prompts in one session. Two are built in; others come in Security Copilot's form."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from shared.ask.request import Given, PromptRequest, PromptText, Short
from shared.ask.run import check
from shared.clients import Services
from shared.errors import ConflictError, InvalidRequestError, NotFoundError
from shared.models.documents import Document

FOLDER = Path(__file__).with_name("promptbooks")
MOST_PROMPTS = 20
MOST_BOOKS = 200
_PLACE = re.compile(r"<([A-Za-z][A-Za-z0-9_ -]{0,40})>")
_NAME = re.compile(r"[^a-z0-9]+")


class BookPrompt(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One prompt of a book; ``<NAME>`` in its text stands for an input."""

    content: PromptText
    skill_name: Short | None = None
    inputs: Annotated[dict[Short, Given], msgspec.Meta(max_length=20)] | None = None
    prompt_type: Literal["Prompt", "Skill"] = "Prompt"
    plugins: tuple[Short, ...] | None = None
    """Taken for the form's sake and not used."""
    sequence_number: int | None = None
    """Prompts run in this order where every one has it, else as they stand."""


class BookInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run of the book must be given."""

    name: Short
    description: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Promptbook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A book, in the JSON form of Security Copilot."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    description: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    prompts: Annotated[tuple[BookPrompt, ...], msgspec.Meta(min_length=1, max_length=MOST_PROMPTS)]
    promptbookinputs: Annotated[tuple[BookInput, ...], msgspec.Meta(max_length=10)] = ()
    visibility: Short | None = None
    tags: tuple[Short, ...] | None = None


class ListedBook(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A book with the id that runs name it by."""

    id: str
    built_in: bool
    book: Promptbook


async def books(services: Services) -> list[ListedBook]:
    """Return the built-in books, then those that were added, each by id."""
    added = await services.state.documents("promptbook")
    return [
        *(ListedBook(id=one, built_in=True, book=book) for one, book in built_in().items()),
        *(ListedBook(id=it.id, built_in=False, book=msgspec.json.decode(it.body, type=Promptbook)) for it in added),
    ]


async def add_book(book: Promptbook, caller: str, services: Services) -> ListedBook:
    """Keep a book; its maker may replace it. Raises InvalidRequestError, ConflictError for another's name."""
    book_id = book_id_of(book.name)
    _check(book, book_id)
    stored = await services.state.document("promptbook", book_id)
    taken = book_id in built_in() or (stored is not None and stored[0].owner != caller)
    if taken:
        raise ConflictError("the name is taken", hint="Another book has this name: choose another.")
    if stored is None and len(await services.state.documents("promptbook")) >= MOST_BOOKS:
        raise ConflictError("too many books", hint=f"The app keeps at most {MOST_BOOKS} promptbooks.")
    document = Document(
        kind="promptbook", id=book_id, owner=caller, at=services.clock(), body=msgspec.json.encode(book)
    )
    await services.state.save_document(document, stored[1] if stored else None)
    return ListedBook(id=book_id, built_in=False, book=book)


@cache
def built_in() -> dict[str, Promptbook]:
    """Return the books that come with the app, by id."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        book = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Promptbook)
        found[book_id_of(book.name)] = book
    return found


async def book_named(name: str, services: Services) -> ListedBook:
    """Return a book by its id or name. Raises NotFoundError."""
    found = next((one for one in await books(services) if one.id == book_id_of(name)), None)
    if found is None:
        raise NotFoundError("no such promptbook", hint="GET /api/promptbooks lists them with their ids.")
    return found


def requests_of(book: Promptbook, given: dict[str, str]) -> tuple[PromptRequest, ...]:
    """Return the prompts of a run in order, with its inputs in place.

    Raises InvalidRequestError for inputs that are missing or not the book's.
    """
    declared = [one.name for one in book.promptbookinputs]
    folded = {name.casefold(): value.strip() for name, value in given.items()}
    if sorted(folded) != sorted(name.casefold() for name in declared) or not all(folded.values()):
        names = ", ".join(f"`{name}`" for name in declared) or "none"
        raise InvalidRequestError("the inputs are not the book's", hint=f"Give exactly these inputs: {names}.")
    prompts = list(book.prompts)
    if all(one.sequence_number is not None for one in prompts):
        prompts.sort(key=lambda one: one.sequence_number or 0)

    def placed(value: Any) -> Any:
        return _PLACE.sub(lambda it: folded.get(it[1].casefold(), it[0]), value) if isinstance(value, str) else value

    made = tuple(
        PromptRequest(
            prompt=placed(one.content),
            skill=one.skill_name,
            inputs={name: placed(value) for name, value in (one.inputs or {}).items()},
        )
        for one in prompts
    )
    for request in made:
        check(request)
    return made


def _check(book: Promptbook, book_id: str) -> None:
    """Refuse a book that could never run."""
    if not book_id:
        raise InvalidRequestError("a name without letters", hint="Give the book a name with letters or digits.")
    declared = {one.name.casefold() for one in book.promptbookinputs}
    for one in book.prompts:
        check(PromptRequest(prompt=one.content, skill=one.skill_name, inputs=one.inputs or {}))
        unknown = sorted({name for name in _PLACE.findall(one.content) if name.casefold() not in declared})
        if unknown:
            raise InvalidRequestError(
                "a prompt names an input that the book does not declare",
                hint="Declare every `<NAME>` of the prompts in `promptbookinputs`.",
            )


def book_id_of(name: str) -> str:
    """Return the id of a book of a name: lower case, words joined by dashes."""
    return _NAME.sub("-", name.casefold()).strip("-")[:100]
