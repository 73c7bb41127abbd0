"""What is cut from a ticket's text: the least worth keeping, from the end, with a count."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.deliver.sections import CUT_ORDER, EXPENDABLE, FIRST_LINES, Section, plain_text, sections_of, shortened
from shared.deliver.ticket import ticket_of
from tests.deliver.stories import FIRST
from tests.reports import REVOKE, said

LINES = st.lists(st.text("abc é", min_size=1, max_size=120), max_size=30)


@given(st.dictionaries(st.sampled_from(CUT_ORDER), LINES), st.integers(min_value=500, max_value=8_000))
def test_it_fits_and_every_line_is_there_or_counted(lines: dict[str, list[str]], limit: int) -> None:
    """Whatever the sections, and no line goes that would have fitted."""
    head = Section(key="head", title="Verdict", lines=("compromised",))
    whole = [head, *(Section(key=key, title=key, lines=tuple(some)) for key, some in lines.items())]
    cut = shortened(whole, lambda some: len(plain_text(some)), limit)
    assert len(plain_text(cut)) <= limit
    assert cut[0] == head
    for before, after in zip(whole, cut, strict=True):
        assert after.lines == before.lines[: len(after.lines)]
        assert len(after.lines) + after.left_out == len(before.lines)
    if len(plain_text(whole)) <= limit:
        assert cut == whole


def test_a_short_text_says_something_of_everything() -> None:
    """With many long actions in a small field the story is still told."""
    summary = msgspec.structs.replace(FIRST.summary, what_happened=tuple(said(f"{n} {'x' * 90}") for n in range(20)))
    actions = tuple(msgspec.structs.replace(REVOKE, id=f"a{n}", why="y" * 200) for n in range(30))
    many = msgspec.structs.replace(
        FIRST, summary=summary, assessment=msgspec.structs.replace(FIRST.assessment, actions=actions)
    )
    sections = sections_of(ticket_of(many, ticket=None, public_url=""), brief=True)
    cut = {s.key: s for s in shortened(sections, lambda some: len(plain_text(some)), 4_000)}
    short = {key for key, section in cut.items() if section.left_out and len(section.lines) < FIRST_LINES}
    assert short <= EXPENDABLE
    assert len(cut["what_happened"].lines) >= FIRST_LINES
    assert len(cut["actions"].lines) > FIRST_LINES


def test_a_long_request_is_left_to_the_report() -> None:
    """Half a body would be a wrong one."""
    long = msgspec.structs.replace(REVOKE, body='{"requests":[' + "1," * 400 + "1]}")
    report = msgspec.structs.replace(FIRST, assessment=msgspec.structs.replace(FIRST.assessment, actions=(long,)))
    ticket = ticket_of(report, ticket=None, public_url="")
    (line,) = next(section.lines for section in sections_of(ticket) if section.key == "actions")
    assert "with the body in the report; permission User.RevokeSessions.All" in line
    (line,) = next(section.lines for section in sections_of(ticket, brief=True) if section.key == "actions")
    assert line.endswith("An attacker may hold a session.")
