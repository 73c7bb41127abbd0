"""``POST /api/prompts``: the shape of an answer, each type of result, sessions, and what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import upkeep
from shared.ask import run
from shared.ask.skill import Column, Reply, Table
from shared.state.interface import PROMPT_POISON_QUEUE, PROMPT_QUEUE
from tests.ask.door import (
    ANNA_UPN,
    BO,
    OTHER_KEY,
    SETTINGS,
    TENANT,
    TWIN,
    Door,
    Scripted,
    door,
    failing,
    skill_that,
)
from tests.systems import ANNA, KEY, triage_due

ENABLED = f"Is the account enabled of {ANNA_UPN}?"
ANNA_REF = {"kind": "user", "id": ANNA, "name": ANNA_UPN}


async def test_an_answer_has_words_for_people_and_fields_for_playbooks(api: Door) -> None:
    """Exactly the documented keys; text, facts, rows with meanings, Graph URLs, plan and cost."""
    answer = await api.ask(ENABLED)
    assert list(answer) == ["sessionId", "promptId", "result", "data", "sources", "followUps", "plan", "usage"]
    assert answer["result"]["type"] == "success"
    text, table = answer["result"]["content"].split("\n\n", 1)
    assert text.startswith(f'The account of "{ANNA_UPN}" is enabled')
    assert f"| yes | Anna Lind | {ANNA_UPN} |" in table
    assert answer["data"]["facts"]["account_enabled"] is True
    (rows,) = answer["data"]["tables"]
    assert rows["rows"][0]["account_enabled"] is True
    assert [column["name"] for column in rows["columns"]] == list(rows["rows"][0])
    assert all(column["meaning"] for column in rows["columns"])
    assert answer["data"]["subjects"] == [ANNA_REF]
    assert {source["url"].split("?")[0] for source in answer["sources"]} >= {
        f"https://graph.microsoft.com/v1.0/users/{ANNA}"
    }
    assert answer["followUps"]
    assert answer["plan"]["steps"] == [
        {
            "skill": "user_account_state",
            "title": "Account state of a user",
            "inputs": {"user": ANNA_REF},
            "result": "success",
        }
    ]
    assert answer["usage"]["graphRequests"] >= 1
    assert len(answer["sources"]) == answer["usage"]["graphRequests"]


async def test_several_steps_make_one_answer(api: Door) -> None:
    """Both replies are in the text, each step has its own facts, and rows say whose they are."""
    answer = await api.ask(f"Are the accounts enabled of {ANNA_UPN} and of {BO}?")
    assert [step["result"] for step in answer["plan"]["steps"]] == ["success", "success"]
    assert [facts["account_enabled"] for facts in answer["data"]["stepFacts"]] == [True, False]
    assert answer["data"]["facts"]["account_enabled"] is True
    assert [table["step"] for table in answer["data"]["tables"]] == [0, 1]
    assert "is enabled" in answer["result"]["content"]
    assert "is disabled" in answer["result"]["content"]


async def test_this_user_is_whom_the_session_speaks_of(api: Door, planner: Scripted) -> None:
    """A second prompt of the session knows the first one's user; another session does not and asks back."""
    first = await api.ask(ENABLED)
    second = await api.ask("Is the account enabled of this user?", sessionId=first["sessionId"])
    assert second["sessionId"] == first["sessionId"]
    assert second["data"]["subjects"] == [ANNA_REF]
    assert planner.contexts[-1].listed == planner.contexts[-1].recent
    assert [step.skill for step in planner.contexts[-1].steps] == ["user_account_state"]
    fresh = await api.ask("Is the account enabled of this user?")
    assert fresh["result"] == {
        "type": "needInput",
        "content": "Which user? Give a user principal name, object id or display name.",
    }


async def test_recent_things_are_latest_first_and_each_once(api: Door, planner: Scripted) -> None:
    """Anna, Bo, Anna: the session holds Anna, then Bo."""
    session = (await api.ask(ENABLED))["sessionId"]
    await api.ask(f"account of {BO}", sessionId=session)
    await api.ask(ENABLED, sessionId=session)
    await api.ask("account of this user", sessionId=session)
    assert [ref.id for ref in planner.contexts[-1].recent] == [ANNA, BO]


async def test_prompts_at_once_are_all_remembered(api: Door) -> None:
    """Six prompts of one session end at the same time: none is lost from it."""
    session = (await api.ask(ENABLED))["sessionId"]
    who = [ANNA_UPN, BO, TWIN] * 2
    answers = await asyncio.gather(*(api.ask(f"account of {one}", sessionId=session) for one in who))
    stored = await api.system.services.state.document("session", session)
    assert stored is not None
    kept = msgspec.json.decode(stored[0].body)
    assert set(kept["prompts"]) >= {answer["promptId"] for answer in answers}
    assert {ref["id"] for ref in kept["recent"]} == {ANNA, BO, TWIN}


@pytest.mark.parametrize("subject", [ANNA_UPN, ANNA, "Anna Lind", {"kind": "user", "id": ANNA}])
async def test_the_request_may_say_whom_it_means(api: Door, subject: Any) -> None:
    """``subject`` is an id, a user principal name, a name, or kind and id; it goes before the session's."""
    session = (await api.ask(f"account of {TWIN}"))["sessionId"]
    answer = await api.ask("account of this user", sessionId=session, subject=subject)
    assert answer["data"]["subjects"] == [ANNA_REF]


async def test_a_subject_that_is_not_there_is_asked_back(api: Door) -> None:
    """Nothing else is answered in its place."""
    answer = await api.ask(ENABLED, subject="nobody@woodgrovebank.com")
    assert answer["result"]["type"] == "needInput"
    assert answer["plan"]["steps"] == []


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
async def test_a_session_belongs_to_its_caller(api: Door, key: str) -> None:
    """Another caller's session and one that never was can't be told apart."""
    session = (await api.ask(ENABLED, key=OTHER_KEY if key == KEY else KEY))["sessionId"]
    foreign = await api.send("POST", "/api/prompts", {"prompt": ENABLED, "sessionId": session}, key=key)
    unknown = await api.send("POST", "/api/prompts", {"prompt": ENABLED, "sessionId": "session-x"}, key=key)
    assert foreign[0] == 404
    assert foreign[1] == unknown[1]


@pytest.mark.parametrize("easy_auth", [True, False])
async def test_entras_word_on_who_calls_counts_behind_easy_auth_alone(tmp_path: Path, easy_auth: bool) -> None:
    """Behind Easy Auth two people share a key and not their sessions; without it the header that anybody can write opens nothing."""
    kim, mia = ({"x_ms_client_principal_id": f"0000000{number}-0000-4000-8000-000000000000"} for number in (1, 2))
    async with door(tmp_path, settings=msgspec.structs.replace(SETTINGS, easy_auth=easy_auth)) as api:
        _, begun, _ = await api.send("POST", "/api/prompts", {"prompt": ENABLED}, **kim)
        path, more = f"/api/prompts/{begun['promptId']}", {"prompt": ENABLED, "sessionId": begun["sessionId"]}

        async def statuses(key: str, who: dict[str, str]) -> tuple[int, int]:
            read, _, _ = await api.send("GET", path, key=key, **who)
            gone_on, _, _ = await api.send("POST", "/api/prompts", more, key=key, **who)
            return read, gone_on

        assert await statuses(KEY, kim) == (200, 200)
        assert await statuses(KEY, mia) == ((404, 404) if easy_auth else (200, 200))
        assert await statuses(OTHER_KEY, kim) == ((200, 200) if easy_auth else (404, 404))


async def test_a_session_is_forgotten_when_nobody_uses_it(api: Door) -> None:
    """Each use keeps it; after the idle hours it is gone, and the sweep takes it out of the state."""
    session = (await api.ask(ENABLED))["sessionId"]
    for _ in range(2):
        api.clock.advance(7 * 3600)
        assert (await api.ask(ENABLED, sessionId=session))["sessionId"] == session
    api.clock.advance(8 * 3600 + 1)
    status, problem, _ = await api.send("POST", "/api/prompts", {"prompt": ENABLED, "sessionId": session})
    assert (status, problem["type"]) == (404, "urn:entra-triage:problem:NotFound")
    services = api.system.services
    assert len(await services.state.documents("session")) == 1
    await upkeep.sweep(services)
    assert await services.state.documents("session") == []
    assert len(await services.state.documents("prompt")) == 3, "answers are kept for longer"
    api.clock.advance(31 * 24 * 3600)
    await upkeep.sweep(services)
    assert await services.state.documents("prompt") == []


async def test_what_two_are_called_is_asked_back_with_candidates(api: Door) -> None:
    """Candidates as things and as complete prompts; choosing one answers."""
    answer = await api.ask("account of Bo Berg")
    assert answer["result"]["type"] == "needInput"
    assert {ref["id"] for ref in answer["data"]["candidates"]} == {BO, TWIN}
    assert len(answer["data"]["prompts"]) == 2
    chosen = await api.ask(answer["data"]["prompts"][0], sessionId=answer["sessionId"])
    assert chosen["result"]["type"] == "success"
    assert chosen["data"]["subjects"][0]["id"] == answer["data"]["candidates"][0]["id"]


async def test_nobody_of_that_name_is_said(api: Door) -> None:
    """No user is made up; the answer asks for another name."""
    answer = await api.ask("account of zoe@woodgrovebank.com")
    assert answer["result"]["type"] == "needInput"
    assert 'There is no user "zoe@woodgrovebank.com".' in answer["result"]["content"]
    assert answer["data"]["facts"] == {}


async def test_off_topic_is_declined_with_what_is_supported(api: Door) -> None:
    """``rejected``, with prompts nearby as follow-ups in ``data``."""
    answer = await api.ask("How is the weather?")
    assert answer["result"]["type"] == "rejected"
    assert answer["data"]["prompts"] == ["Is this user's account enabled?"]
    assert answer["usage"]["graphRequests"] == 0


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "Authorization_RequestDenied", "needAdditionalClaims"),
        (429, "TooManyRequests", "capacityExceeded"),
        (500, "InternalServerError", "error"),
    ],
)
async def test_what_graph_refuses_is_a_type_of_result(
    tmp_path: Path, planner: Scripted, status: int, code: str, expected: str
) -> None:
    """Permission, throttling and outages differ by type; nothing is ever read as "none"."""
    async with door(tmp_path, tenant=failing(f"users/{ANNA}", status, code)) as api:
        answer = await api.ask("account of " + ANNA, skill="user_account_state", inputs={"user": ANNA_UPN})
        assert answer["result"]["type"] == expected, answer
        assert answer["data"]["facts"] == {}
        assert answer["data"]["tables"] == []
        (gap,) = answer["data"]["gaps"]
        assert code in gap["detail"]
        needs = [{"kind": "permission", "name": "User.Read.All"}] if status == 403 else []
        assert answer["data"]["missing"] == needs
        assert answer["result"]["content"].count("`User.Read.All`") == (1 if needs else 0)


async def test_what_takes_too_long_is_timed_out(
    tmp_path: Path, planner: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that does not end is ended; the answer says so in time."""

    async def slow(*_: Any) -> Reply:
        await asyncio.sleep(60)
        raise AssertionError

    skill_that(monkeypatch, slow)
    monkeypatch.setattr(run, "GRACE_SECONDS", 0)
    settings = msgspec.structs.replace(SETTINGS, prompt_timeout_seconds=1.0)
    async with door(tmp_path, settings=settings) as api:
        answer = await api.ask(ENABLED)
        assert answer["result"]["type"] == "timedOut"
        assert answer["usage"]["graphRequests"] == 1, "what was done before counts"


async def test_look_ups_that_the_deadline_ends_are_timed_out(
    tmp_path: Path, planner: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a skill had no time to ask is no error of Graph's."""

    async def late(look: Any, given: Any) -> Reply:
        look._deadline = look.now
        query = look.query("user", look.api.users, what="the user", permission="User.Read.All")
        answers = await look.read(query)
        return Reply(text="The user could not be read.", gaps=tuple(answers.gaps()))

    skill_that(monkeypatch, late)
    async with door(tmp_path) as api:
        answer = await api.ask(ENABLED)
        assert answer["result"]["type"] == "timedOut"
        assert answer["plan"]["steps"][0]["result"] == "timedOut"


async def test_a_skill_that_fails_leaves_the_others_their_answers(api: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step's fault costs that step; the answer has the rest, and the plan says which failed."""
    calls = []

    async def once(_look: Any, given: Any) -> Reply:
        calls.append(given)
        if len(calls) == 1:
            msgspec.json.decode(b"{")
        return Reply(text="Second.", facts={"n": 2})

    skill_that(monkeypatch, once)
    answer = await api.ask(f"accounts of {ANNA_UPN} and of {BO}")
    assert [step["result"] for step in answer["plan"]["steps"]] == ["error", "success"]
    assert answer["result"]["type"] == "success"
    assert answer["data"]["facts"] == {"n": 2}


async def test_long_tables_are_summed_up_in_the_text_and_whole_in_the_data(
    api: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of 25 rows in the text, with the count; all 25 in ``data``."""
    rows = tuple({"n": number} for number in range(25))

    async def many(*_: Any) -> Reply:
        columns = (Column(name="n", title="Number", meaning="A number"),)
        return Reply(text="There are 25.", tables=(Table(title="Numbers", columns=columns, rows=rows),))

    skill_that(monkeypatch, many)
    answer = await api.ask(ENABLED)
    assert "| 9 |" in answer["result"]["content"]
    assert "| 10 |" not in answer["result"]["content"]
    assert "The first 10 of 25 rows; `data` has all of them." in answer["result"]["content"]
    assert answer["data"]["tables"][0]["rows"] == list(rows)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"skill": "user_account_state", "inputs": {"user": ANNA_UPN}}, "success"),
        ({"skill": "user_account_state", "inputs": {"user": {"kind": "user", "id": ANNA}}}, "success"),
        ({"skill": "user_account_state", "inputs": {"user": [ANNA_UPN]}}, "success"),
        ({"skill": "user_account_state", "prompt": ANNA_UPN}, "success"),
        ({"skill": "user_account_state", "subject": ANNA_UPN}, "success"),
        ({"skill": "user_account_state", "inputs": {"user": [ANNA_UPN, BO]}}, "needInput"),
        ({"skill": "user_account_state"}, "needInput"),
        ({"skill": "user_account_state", "inputs": {"user": ""}}, "needInput"),
    ],
)
async def test_a_skill_may_be_named_instead_of_planned(api: Door, body: Any, expected: str) -> None:
    """Inputs by name, the prompt as the one input, or the subject; what is missing is asked for."""
    status, answer, _ = await api.send("POST", "/api/prompts", body)
    assert (status, answer["result"]["type"]) == (200, expected)
    if expected == "success":
        assert answer["plan"]["planner"] == "request"
        assert answer["data"]["subjects"] == [ANNA_REF]


async def test_a_prompt_may_be_worked_off_later(api: Door) -> None:
    """202 with a place to poll; running, then the answer; the session goes on from it; nobody else sees it."""
    status, accepted, headers = await api.send("POST", "/api/prompts", {"prompt": ENABLED}, prefer="respond-async")
    assert (status, accepted["status"]) == (202, "running")
    assert headers["location"] == f"/api/prompts/{accepted['promptId']}"
    status, running, _ = await api.send("GET", headers["location"])
    assert (status, running) == (202, accepted)
    assert await triage_due(api.system) == 1
    answer = await api.get(headers["location"])
    assert answer["result"]["type"] == "success"
    assert answer["promptId"] == accepted["promptId"]
    assert (await api.send("GET", headers["location"], key=OTHER_KEY))[0] == 404
    again = await api.ask("account of this user", sessionId=answer["sessionId"])
    assert again["data"]["subjects"] == [ANNA_REF]


async def test_a_queued_prompt_is_answered_once(api: Door, planner: Scripted) -> None:
    """The message may come twice; the second changes nothing."""
    _, _, headers = await api.send("POST", "/api/prompts", {"prompt": ENABLED}, prefer="respond-async")
    state = api.system.services.state
    (body,) = await state.peek(PROMPT_QUEUE)
    await triage_due(api.system)
    first = await api.get(headers["location"])
    await state.send(PROMPT_QUEUE, body)
    await triage_due(api.system)
    assert await api.get(headers["location"]) == first
    assert len(planner.contexts) == 1


async def test_whoever_polls_learns_that_there_will_be_no_answer(api: Door) -> None:
    """What the queue gave up on ends as failed, with a reason."""
    _, _, headers = await api.send("POST", "/api/prompts", {"prompt": ENABLED}, prefer="respond-async")
    state = api.system.services.state
    (message,) = await state.receive(PROMPT_QUEUE, visibility_seconds=10)
    await state.delete(PROMPT_QUEUE, message)
    await state.send(PROMPT_POISON_QUEUE, message.body)
    await triage_due(api.system)
    failed = await api.get(headers["location"])
    assert failed["status"] == "failed"
    assert failed["reason"]


async def test_a_kept_answer_is_read_again_by_its_caller(api: Door) -> None:
    """What was answered at once can be polled too; ids can't be guessed."""
    answer = await api.ask(ENABLED)
    assert await api.get(f"/api/prompts/{answer['promptId']}") == answer
    assert (await api.send("GET", f"/api/prompts/{answer['promptId']}", key=OTHER_KEY))[0] == 404
    ids = {(await api.ask(ENABLED))["promptId"] for _ in range(3)}
    assert len({answer["promptId"], *ids}) == 4
    assert all(len(one) >= 30 for one in ids)


async def test_hostile_names_stay_text(api: Door) -> None:
    """A display name with markup is shown as it is in cells; rows in ``data`` hold it unchanged."""
    answer = await api.ask("account of h@woodgrovebank.com")
    name = TENANT["users"][3]["displayName"]
    assert answer["data"]["tables"][0]["rows"][0]["display_name"] == name
    assert name not in answer["result"]["content"]
    assert r"\[pay\](http\://evil.example) \<b\>\|x\|\</b\>" in answer["result"]["content"]
