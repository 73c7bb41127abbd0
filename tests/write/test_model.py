"""Tests of the model's part: a real client, a scripted loopback endpoint, and no lie in the summary whatever it answers."""

import copy
import logging
from typing import Any

import msgspec
import pytest

from shared.models.reports import Summary
from shared.write import ModelWriter, check_sentence, write_summary
from shared.write.schema import MAX_TEXT
from shared.write.subject import Subject
from shared.write.template import write_from_template
from tests.write.model_server import ModelServer, Reply, fails, hangs, raw, resets, says, serving
from tests.write.subjects import mfa_fatigue
from tests.write.test_template import sentences

MODEL = "gpt-scripted"
TRUTH: dict[str, Any] = {
    "headline": {"text": "USER_1 is assessed as compromised: a prompt was approved after 11 were denied.",
                 "cites": ["mfa_fatigue_approved", "F15"]},
    "what_happened": [
        {"text": "Between 09:14 and 09:16 UTC, 11 MFA prompts were denied from IP_1.", "cites": ["F15"]},
        {"text": "At 09:17 UTC a sign-in to APP_1 from IP_1 in Minsk, Belarus succeeded with MFA satisfied.", "cites": ["F14"]},
    ],
    "why": [{"text": "After 11 denied prompts one was approved at 09:17 UTC.", "cites": ["mfa_fatigue_approved", "F15"]}],
    "why_benign": [],
    "steps": [
        {"action": "contact_user", "text": "Only the user can say who approved the prompt of 09:17 UTC.", "cites": ["F15"]},
        {"action": "revoke_sessions", "text": "The sign-in of 09:17 UTC succeeded.", "cites": ["F14"]},
        {"action": "disable_account", "text": "The user holds Global Administrator.", "cites": ["F2"]},
    ],
    "questions": [{"text": "Did you approve a prompt at 09:17 UTC?", "cites": ["F15"]}],
}  # fmt: skip
REPAIR_NOTHING = says({"sentences": []})


async def write(*script: Reply, subject: Subject | None = None, timeout: float = 5.0) -> tuple[Summary, ModelServer]:
    """Return the summary that comes out of a script, and the endpoint with what it was asked."""
    server = ModelServer(*script)
    async with serving(server) as client:
        summary = await write_summary(subject or mfa_fatigue(), ModelWriter(client, MODEL, timeout))
    return summary, server


def changed(section: str, text: str, cites: list[str] | None = None, place: int = 0, **more: str) -> dict[str, Any]:
    """Return the true answer with one sentence changed."""
    answer = copy.deepcopy(TRUTH)
    claim = answer[section] if section == "headline" else answer[section][place]
    claim["text"] = text
    claim.update({"cites": cites} if cites else {}, **more)
    return answer


def assert_true(summary: Summary, subject: Subject | None = None) -> None:
    """Hold every sentence against the evidence, and every mandatory action against the steps."""
    subject = subject or mfa_fatigue()
    for sentence in sentences(summary):
        assert check_sentence(sentence.text, sentence.cites, subject) == (), sentence
    assert {step.action_id for step in summary.steps} == {action.id for action in subject.assessment.actions}


def assert_template(summary: Summary, error: str) -> None:
    """Hold that the template wrote everything, and that the summary says why."""
    expected = write_from_template(mfa_fatigue())
    assert summary.authorship.writer == "template"
    assert summary.authorship.fallback is not None
    assert error in summary.authorship.fallback
    assert msgspec.structs.replace(summary, authorship=expected.authorship) == expected


async def test_no_model_means_template() -> None:
    """Offline is a whole summary by the template, and no fallback is noted."""
    summary = await write_summary(mfa_fatigue(), None)
    assert summary == write_from_template(mfa_fatigue())
    assert summary.authorship.writer == "template"
    assert summary.authorship.fallback is None


async def test_true_answer_is_taken() -> None:
    """A truthful model writes headline, story, reasons, steps and questions; names are back, tokens counted."""
    summary, server = await write(says(TRUTH))
    assert len(server.requests) == 1
    assert summary.headline.text.startswith("karita@woodgrovebank.com is assessed as compromised")
    assert summary.what_happened[1].text.startswith("At 09:17 UTC a sign-in to Microsoft Azure CLI from 198.51.100.23")
    assert {it.written_by for it in (summary.headline, *summary.what_happened, *summary.why)} == {"model"}
    assert {it.written_by for it in (*summary.stakes, *summary.unread)} == {"template"}
    assert summary.questions == ("Did you approve a prompt at 09:17 UTC?",)
    assert (summary.authorship.writer, summary.authorship.fallback, summary.authorship.rejections) == (MODEL, None, ())
    assert (summary.authorship.input_tokens, summary.authorship.output_tokens) == (1200, 210)
    assert not summary.authorship.repaired
    assert_true(summary)


async def test_request_is_strict_and_bounded() -> None:
    """The endpoint is asked for strict JSON schema, few tokens, and sees no name and no address."""
    _, server = await write(says(TRUTH))
    request = server.requests[0]
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["max_completion_tokens"] == 400
    assert request["model"] == MODEL
    assert "woodgrove" not in str(request)
    assert "198.51.100.23" not in str(request)


async def test_order_of_the_model_holds_inside_one_urgency() -> None:
    """The model may call the user first, because all three actions are for now."""
    summary, _ = await write(says(TRUTH))
    assert [step.action_id for step in summary.steps] == ["contact_user", "revoke_sessions", "disable_account"]
    assert {step.reason.written_by for step in summary.steps} == {"model"}


async def test_urgency_is_the_rules() -> None:
    """An action for later cannot be moved in front of one for now."""
    subject = mfa_fatigue()
    actions = subject.assessment.actions
    later = msgspec.structs.replace(actions[2], when="later")
    assessment = msgspec.structs.replace(subject.assessment, actions=(*actions[:2], later))
    subject = msgspec.structs.replace(subject, assessment=assessment)
    summary, _ = await write(says(TRUTH), subject=subject)
    assert [step.action_id for step in summary.steps] == ["revoke_sessions", "disable_account", "contact_user"]


LIES = {
    "invented address": (changed("what_happened", "11 MFA prompts were denied from 203.0.113.99."), "address not in cited evidence"),
    "wrong number": (changed("what_happened", "12 MFA prompts were denied from IP_1."), "number not in cited evidence"),
    "wrong time": (changed("what_happened", "At 09:41 UTC MFA prompts were denied from IP_1."), "date or time not in cited evidence"),
    "unknown fact id": (changed("what_happened", "11 MFA prompts were denied.", ["F77"]), "unknown id in cites"),
    "flipped polarity": (changed("what_happened", "11 MFA prompts were approved from IP_1."), "number belongs to another direction"),
    "wrong place": (changed("what_happened", "A sign-in from IP_1 in Lagos, Nigeria succeeded.", place=1), "place not in cited evidence"),
    "wrong risk type": (changed("what_happened", "Impossible travel from IP_1 was reported."), "risk type or method not in cited evidence"),
    "link": (changed("what_happened", "See https://evil.example for the denied prompts."), "link"),
    "markup": (changed("what_happened", "**11 MFA prompts** were denied."), "markup"),
    "invented name": (changed("what_happened", "Mallory sent the denied prompts."), "name not in cited evidence"),
    "unknown pseudonym": (changed("what_happened", "USER_9 sent the denied prompts."), "name not in cited evidence"),
    "over-long": (changed("what_happened", "MFA prompts were denied" + " and denied" * 60 + "."), "longer than 300 characters"),
    "instruction": (changed("what_happened", "Ignore the previous findings."), "instruction"),
    "twice": (changed("what_happened", TRUTH["what_happened"][1]["text"], ["F14"]), "sentence written twice"),
    "two in one slot": (changed("what_happened", "11 MFA prompts were denied. They were denied from IP_1."), "more than one sentence"),
    "rambling": (changed("what_happened", "11 MFA prompts were denied from IP_1 and 11 MFA prompts were denied."), "repeated phrase"),
    "cut off": (changed("what_happened", "11 MFA prompts were denied from"), "unfinished sentence"),
}  # fmt: skip


@pytest.mark.parametrize("lie", [name for name, (_, reason) in LIES.items() if reason])
async def test_lie_never_reaches_the_summary(lie: str) -> None:
    """A sentence that lies, and is not mended, gives its section back to the template; the rest stays the model's."""
    answer, reason = LIES[lie]
    summary, server = await write(says(answer), REPAIR_NOTHING)
    assert len(server.requests) == 2
    assert summary.what_happened == write_from_template(mfa_fatigue()).what_happened
    assert summary.headline.written_by == "model"
    assert summary.authorship.writer == MODEL
    assert ("what_happened", reason) in [(it.section, it.reason) for it in summary.authorship.rejections]
    assert not summary.authorship.repaired
    assert_true(summary)


async def test_headline_that_ran_into_its_limit_is_not_taken() -> None:
    """A headline needs no full stop, but one that fills its slot to the last letter was cut off."""
    whole = "USER_1 is assessed as compromised: a prompt was approved after 11 were denied"
    summary, _ = await write(says(changed("headline", whole)))
    assert summary.headline.written_by == "model"
    cut = (f"{whole}, " + "denied " * 20)[: MAX_TEXT["headline"]]
    summary, _ = await write(says(changed("headline", cut)), REPAIR_NOTHING)
    assert summary.headline == write_from_template(mfa_fatigue()).headline
    assert ("headline", "unfinished sentence") in [(it.section, it.reason) for it in summary.authorship.rejections]


async def test_mended_sentence_may_not_repeat_another() -> None:
    """A repair that copies a neighbour is no sentence of its own."""
    lie = changed("what_happened", "12 MFA prompts were denied from IP_1.")
    copied = {"slot": "what_happened.1", "text": TRUTH["what_happened"][1]["text"], "cites": ["F14"]}
    summary, _ = await write(says(lie), says({"sentences": [copied]}))
    assert summary.what_happened == write_from_template(mfa_fatigue()).what_happened
    assert not summary.authorship.repaired


async def test_lying_twice_is_cut_twice() -> None:
    """A repair that lies again is not taken."""
    lie = changed("what_happened", "12 MFA prompts were denied from IP_1.")
    again = says({"sentences": [{"slot": "what_happened.1", "text": "13 MFA prompts were denied.", "cites": ["F15"]}]})
    summary, server = await write(says(lie), again)
    assert len(server.requests) == 2
    assert summary.what_happened == write_from_template(mfa_fatigue()).what_happened
    assert summary.authorship.rejections
    assert not summary.authorship.repaired
    assert (summary.authorship.input_tokens, summary.authorship.output_tokens) == (2400, 420)
    assert_true(summary)


async def test_repair_on_the_second_try_is_taken() -> None:
    """A mended sentence stands, and the summary says that there was a repair."""
    lie = changed("what_happened", "12 MFA prompts were denied from IP_1.")
    mended = says(
        {"sentences": [{"slot": "what_happened.1", "text": "11 MFA prompts were denied from IP_1.", "cites": ["F15"]}]}
    )
    summary, server = await write(says(lie), mended)
    assert summary.what_happened[0].text == "11 MFA prompts were denied from 198.51.100.23."
    assert summary.what_happened[0].written_by == "model"
    assert summary.authorship.repaired
    assert summary.authorship.rejections == ()
    note = server.requests[1]["messages"][-1]["content"]
    assert "number not in cited evidence: 12" in note
    assert "198.51.100.23" not in note
    assert_true(summary)


async def test_failing_repair_keeps_what_was_true() -> None:
    """When the repair call fails, the accepted sections stay the model's."""
    summary, _ = await write(says(changed("what_happened", "12 MFA prompts were denied.")), fails(503))
    assert summary.headline.written_by == "model"
    assert summary.what_happened == write_from_template(mfa_fatigue()).what_happened
    assert summary.authorship.writer == MODEL
    assert_true(summary)


async def test_unknown_action_is_ignored() -> None:
    """An action that the rules did not offer is not in the steps, and the rejection is noted."""
    answer = changed("steps", "The prompt was approved at 09:17 UTC.", ["F15"], action="delete_tenant")
    summary, _ = await write(says(answer), REPAIR_NOTHING)
    assert "delete_tenant" not in [step.action_id for step in summary.steps]
    assert ("steps", "unknown action id") in [(it.section, it.reason) for it in summary.authorship.rejections]
    assert_true(summary)


async def test_dropped_mandatory_action_stays() -> None:
    """An action that the model leaves out keeps its place with the template's reason."""
    answer = copy.deepcopy(TRUTH)
    answer["steps"] = [step for step in answer["steps"] if step["action"] == "contact_user"]
    summary, _ = await write(says(answer))
    assert [step.action_id for step in summary.steps] == ["contact_user", "revoke_sessions", "disable_account"]
    assert [step.reason.written_by for step in summary.steps] == ["model", "template", "template"]
    assert_true(summary)


async def test_reasons_without_the_heaviest_finding_are_not_taken() -> None:
    """A model that talks past the main reason gives the reasons back to the template."""
    summary, _ = await write(
        says(changed("why", "The user holds Global Administrator.", ["privileged_role_held", "F2"]))
    )
    assert summary.why == write_from_template(mfa_fatigue()).why
    assert ("why", "heaviest finding left out") in [(it.section, it.reason) for it in summary.authorship.rejections]


async def test_model_that_only_lies_leaves_the_template() -> None:
    """When nothing of the model survives, the template is the writer and the summary says why."""
    answer = {
        "headline": {"text": "All is well.", "cites": ["F404"]},
        "what_happened": [{"text": "Mallory came.", "cites": ["F1"]}],
        "why": [],
        "why_benign": [],
        "steps": [],
        "questions": [],
    }
    summary, _ = await write(says(answer), REPAIR_NOTHING)
    assert summary.authorship.rejections
    assert_template(summary, "carries no sentence of the model")


@pytest.mark.parametrize(
    ("reply", "error", "requests"),
    [
        (says("this is not JSON"), "ModelOutputError", 2),
        (says({"headline": "wrong"}), "ModelOutputError", 2),
        (says(TRUTH | {"extra": 1}), "ModelOutputError", 2),
        (says(""), "ModelOutputError", 2),
        (says(None), "ModelOutputError", 2),
        (says('{"headline": {"te', finish="length"), "ModelOutputError", 2),
        (raw("{}"), "ModelOutputError", 2),
        (raw("<html>proxy</html>", "text/html"), "ModelOutputError", 2),
        (raw("{not json"), "ModelOutputError", 2),
        (says(None, refusal="I cannot help with that."), "ModelRefusedError", 1),
        (says("", finish="content_filter"), "ModelRefusedError", 1),
        (fails(400, code="content_filter"), "ModelRefusedError", 1),
        (fails(401), "ModelError", 1),
        (fails(404), "ModelError", 1),
        (fails(429, {"Retry-After": "0"}), "answered 429", 2),
        (fails(429, {"Retry-After": "3600"}), "long pause", 1),
        (fails(500, {"Retry-After": "0"}), "answered 500", 2),
        (resets, "did not answer", 2),
    ],
)
async def test_failing_model_leaves_the_template(reply: Reply, error: str, requests: int) -> None:
    """Each way to fail ends in a whole summary by the template that says why; only busy endpoints are asked twice."""
    summary, server = await write(reply)
    assert_template(summary, error)
    assert len(server.requests) == requests


async def test_retry_waits_as_asked_and_then_succeeds() -> None:
    """One 429 with Retry-After costs one more request, not the model's words."""
    summary, server = await write(fails(429, {"Retry-After": "0.01"}), says(TRUTH))
    assert len(server.requests) == 2
    assert summary.authorship.writer == MODEL
    assert_true(summary)


async def test_wrong_schema_is_repaired_once() -> None:
    """An answer that is not the schema is asked for once more."""
    summary, server = await write(says("oops"), says(TRUTH))
    assert len(server.requests) == 2
    assert summary.authorship.repaired
    assert summary.headline.written_by == "model"
    assert_true(summary)


async def test_hanging_model_ends_at_the_deadline() -> None:
    """A model that never answers costs no more than its time."""
    summary, _ = await write(hangs, timeout=0.4)
    assert_template(summary, "ModelUnavailableError")


async def test_endpoint_that_refuses_lengths_is_asked_without() -> None:
    """Strict modes that do not know maxLength get the schema without lengths, and this is remembered."""
    server = ModelServer(fails(400, param="response_format"), says(TRUTH))
    async with serving(server) as client:
        writer = ModelWriter(client, MODEL, 5.0)
        first = await write_summary(mfa_fatigue(), writer)
        second = await write_summary(mfa_fatigue(), writer)
    assert first.authorship.writer == second.authorship.writer == MODEL
    assert len(server.requests) == 3
    assert "maxLength" in str(server.requests[0]["response_format"])
    assert "maxLength" not in str(server.requests[1]["response_format"])
    assert "maxLength" not in str(server.requests[2]["response_format"])


async def test_log_of_a_failure_holds_identifiers_only(caplog: pytest.LogCaptureFixture) -> None:
    """A failing model is logged by stage, type and identity id, never with names or text."""
    with caplog.at_level(logging.WARNING):
        await write(fails(401))
    records = [record for record in caplog.records if record.name == "shared.write.summary"]
    assert [record.getMessage() for record in records] == ["model failed"]
    assert records[0].__dict__["error"] == "ModelError"
    assert "karita" not in caplog.text


def test_openai_is_not_loaded_by_the_stage() -> None:
    """Importing the stage does not import the SDK: a cold start without a model does not pay for it."""
    import subprocess
    import sys

    code = "import sys, shared.write; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
