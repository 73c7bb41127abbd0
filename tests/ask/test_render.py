"""Text of answers: whatever names people chose, nothing in it acts as markup."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from shared.ask.render import choices_text, markdown_table, plain, reply_text
from shared.ask.skill import Column, Reply, Table
from shared.hostile import quoted
from shared.models.dossier import Gap, Source

READER = MarkdownIt("commonmark", {"linkify": True, "html": True}).enable(["table", "linkify", "strikethrough"])
HARMLESS = {
    "paragraph_open", "paragraph_close", "inline", "text", "code_inline", "text_special", "softbreak",
    "table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close",
    "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "strong_open", "strong_close",
}  # fmt: skip
NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["[a](http://x.example)", "<b>", "![i](//x)", "`", "|", "*", "_", "~~", "\\", "&lt;", "# ", "1. ", "- ",
             "www.evil.example", "mailto:a@b.example", "http://x.example", "\n\n", "\r", "\u202e", " ", "x", "<!--",
             "https://evil.example/a_b", "=", "---", "> "]
        ),
        max_size=8,
    ).map("".join),
)  # fmt: skip


def kinds(text: str) -> set[str]:
    """Return every kind of token that a Markdown reader finds; links to mail addresses are not counted as links."""
    found: set[str] = set()

    def walk(tokens: list[Token]) -> None:
        inside_mail = False
        for token in tokens:
            if token.type == "link_open" and str(token.attrs.get("href", "")).startswith("mailto:"):
                inside_mail = True
            elif token.type == "link_close" and inside_mail:
                inside_mail = False
            else:
                found.add(token.type)
            walk(token.children or [])

    walk(READER.parse(text))
    return found


@given(NAMES)
def test_a_name_in_a_sentence_is_text(name: str) -> None:
    """Quoted or bare, at the start or inside: a reader finds a paragraph of text."""
    assert kinds(plain(name)) <= HARMLESS - {"strong_open"}
    assert kinds(plain(f"The account of {quoted(name)} is enabled.")) <= HARMLESS - {"strong_open"}
    assert kinds(reply_text(Reply(text=f"{name} is enabled."))) <= HARMLESS - {"strong_open"}


@given(NAMES, NAMES)
def test_a_name_in_a_table_is_one_cell(title: str, name: str) -> None:
    """Whatever it holds, the table keeps its two columns and one row."""
    columns = (Column(name="a", title="A", meaning="a"), Column(name="b", title="B", meaning="b"))
    text = markdown_table(Table(title=f"T {title}", columns=columns, rows=({"a": name, "b": "end"},)))
    assert kinds(text) <= HARMLESS
    cells = [token for token in READER.parse(text) if token.type == "td_open"]
    assert len(cells) == 2


@given(NAMES)
def test_ordinary_words_are_not_disfigured(name: str) -> None:
    """Letters, digits, dots, dashes inside words, apostrophes and addresses stay as they are."""
    for text in ("karita@woodgrovebank.com signed in 3 times.", "It's Bo O'Neil-Berg (guest_user_1).", "3.5 % of 10"):
        assert plain(text) == text
    assert "\n" not in plain(name)


def test_what_could_not_be_read_says_what_would_mend_it() -> None:
    """Each gap once, in words of a prompt: nothing here asks again by itself."""
    gap = Gap(
        id="", kinds=("x",), what="the devices", reason="throttled", detail="429",
        mend="Nothing to mend: the next update of this case asks again.", source=Source(kind="graph", ref="/x"),
    )  # fmt: skip
    text = reply_text(Reply(text="Unknown.", gaps=(gap, gap)))
    assert text == "Unknown.\n\nNot read: the devices (429): Nothing to mend: ask again."


def test_how_many_rows_are_left_out_is_said() -> None:
    """All, some, or unknown beyond: three different sentences; a short table says nothing."""
    columns = (Column(name="n", title="N", meaning="n"),)

    def last(count: int, total: int | None, *, complete: bool = True) -> str:
        rows = tuple({"n": number} for number in range(count))
        table = Table(title="T", columns=columns, rows=rows, total=total, complete=complete)
        return markdown_table(table).splitlines()[-1]

    assert last(3, None) == "| 2 |"
    assert last(12, None) == "The first 10 of 12 rows; `data` has all of them."
    assert last(12, 400) == "The first 10 of 400 rows; `data` has 12 of them."
    assert last(12, None, complete=False) == "The first 10 of more than 12 rows; `data` has those that were read."


def test_columns_that_say_nothing_are_left_out() -> None:
    """A column of which Graph says nothing for any row is not in the text."""
    columns = (Column(name="a", title="A", meaning="a"), Column(name="b", title="B", meaning="b"))
    text = markdown_table(Table(title="T", columns=columns, rows=({"a": True, "b": None},)))
    assert text.splitlines()[2:] == ["| A |", "| --- |", "| yes |"]


def test_choices_stand_one_a_line() -> None:
    """A question with its choices."""
    assert choices_text("Which?", ["a*b", "c"]) == "Which?\n- a\\*b\n- c"
