"""What one triage costs at a language model: tokens in, at most so many out."""

from statistics import median

from local.bench.row import Measured, Row
from local.bench.stage import people, stage, triage_one
from shared.models.reports import Report
from shared.write import Subject
from shared.write.prompt import MAX_INPUT_TOKENS, MAX_OUTPUT_TOKENS, summary_prompt
from shared.write.pseudonyms import Pseudonyms


async def run(small: bool) -> Measured:
    """Triage people and make the prompt for each, as it would be sent."""
    async with stage(share=1000) as here:
        reports = [await triage_one(here.services, person) for person in people(0, 2 if small else 20)]
    tokens = [_tokens(report) for report in reports]
    ours = {
        "input_tokens_median": median(tokens),
        "input_tokens_most": max(tokens),
        "output_tokens_most": MAX_OUTPUT_TOKENS,
        "calls": 1,
    }
    return Measured(
        ours=ours,
        meets=max(tokens) <= MAX_INPUT_TOKENS and MAX_OUTPUT_TOKENS <= 400,
        note=(
            "estimated: characters of messages and schema divided by four, the rule by which the prompt is fitted; no "
            "tokenizer of a hosted model comes without a download. Output is the limit given to the model. A second "
            "call is made only for sentences that failed the check. A model of yours: `python -m local evaluate`."
        ),
    )


def _tokens(report: Report) -> int:
    subject = Subject.of(report)
    return summary_prompt(subject, Pseudonyms(subject)).tokens


ROW = Row(
    id="model_cost",
    what="tokens of one triage at a language model",
    target="2,000 input and 400 output tokens",
    run=run,
)
