"""Tests of pseudonyms: nothing leaks, and every text comes back as it was."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.write.pseudonyms import Pseudonyms
from shared.write.subject import Subject
from tests.write.strategies import HOSTILE, subjects
from tests.write.subjects import guest, mfa_fatigue, sign_in, subject, traveller

PIECES = st.one_of(
    st.sampled_from((*HOSTILE, "karita@woodgrovebank.com", "KARITA@WoodgroveBank.com", "Karita", "Karita Andersson", "USER_1a", "IP_3",
                     "203.0.113.77", "2001:db8::1", "0b6d2f53-3c1a-4f0e-8f55-5a1c7e0e9d21", "login.evil.example", " ", ", ", "WORD_1", "09:14:05")),
    st.text(max_size=20),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(subjects(), st.lists(PIECES, max_size=12).map("".join))
def test_restore_is_the_inverse_of_hide(subject: Subject, text: str) -> None:
    """Whatever the text, even text that already looks like a pseudonym, it comes back unchanged."""
    names = Pseudonyms(subject)
    assert names.restore(names.hide(text)) == text


@settings(max_examples=100, deadline=None)
@given(subjects())
def test_every_fact_comes_back(subject: Subject) -> None:
    """All texts of a report, hidden one after the other, come back unchanged."""
    names = Pseudonyms(subject)
    texts = [fact.text for fact in subject.dossier.facts]
    assert [names.restore(hidden) for hidden in [names.hide(text) for text in texts]] == texts


def test_names_that_touch_come_back() -> None:
    """A name may begin and end with characters that nobody sees; two of them then stand side by side."""
    app = "\u202eevil\u200b"
    used = sign_in(1, "14 09:14:05", "203.0.113.77", "Lagos", "NG", app=app)
    names = Pseudonyms(subject([used], [], verdict="suspicious", severity="medium"))
    assert names.hide(f"{app}{app} x") == "APP_1APP_1 x"
    assert names.restore("APP_1APP_1 x") == f"{app}{app} x"
    assert names.restore("xAPP_1") == "xAPP_1"


def test_one_original_keeps_its_pseudonym() -> None:
    """The identity is USER_1 wherever it stands, and its other names are told to be the same person's."""
    names = Pseudonyms(mfa_fatigue())
    assert names.hide("karita@woodgrovebank.com and karita@woodgrovebank.com") == "USER_1 and USER_1"
    assert names.hide("Karita Andersson").startswith("USER_1")
    assert names.hide("Karita").startswith("USER_1")
    assert names.hide("ANDERSSON").startswith("USER_1")


def test_case_of_letters_does_not_leak() -> None:
    """A name in other letters is hidden too, and still comes back letter by letter."""
    names = Pseudonyms(mfa_fatigue())
    text = "KARITA@WOODGROVEBANK.COM signed in as karita andersson."
    hidden = names.hide(text)
    assert "karita" not in hidden.casefold()
    assert names.restore(hidden) == text


def test_longest_name_wins() -> None:
    """A name inside a longer one does not tear it apart."""
    names = Pseudonyms(guest())
    hidden = names.hide("lena_fabrikam.com#EXT#@woodgrovebank.onmicrosoft.com")
    assert hidden == "USER_1"


def test_addresses_ids_and_hosts_are_hidden_without_being_known() -> None:
    """Addresses, object ids, mail addresses and host names that no fact value holds are hidden as well."""
    hidden = Pseudonyms(traveller()).hide(
        "192.0.2.250 2001:db8::99 11111111-2222-3333-4444-555555555555 someone@fabrikam.com evil.example at 09:14:05"
    )
    assert hidden == "IP_1 IP_2 ID_1 MAIL_1 HOST_1 at 09:14:05"


def test_numbering_is_stable() -> None:
    """The same subject gives the same pseudonyms, so prompts are repeatable."""
    one, two = Pseudonyms(traveller()), Pseudonyms(traveller())
    texts = [fact.text for fact in traveller().dossier.facts]
    assert [one.hide(text) for text in texts] == [two.hide(text) for text in texts]


def test_restored_name_that_reads_as_a_claim_is_quoted() -> None:
    """A device called "MFA was denied" comes back in quotation marks, so that it claims nothing."""
    subject = traveller()
    names = Pseudonyms(subject)
    token = names.hide("WGB-LT-0042")
    assert names.restore_written(f"It came from {token}.") == "It came from “WGB-LT-0042”."
    assert names.restore_written(f'It came from "{token}".') == 'It came from "WGB-LT-0042".'
