"""Plan one question: by the frame that takes it, else by the examples nearest to it."""

from collections.abc import Sequence

from msgspec.structs import replace

from shared.ask.plan import Context, Declined, NeedInput, Plan
from shared.ask.understand.before import Before, pointing
from shared.ask.understand.deciding import SURE, decided, which_of
from shared.ask.understand.either import both_sides, sides_of, which_side
from shared.ask.understand.elliptic import completed_by, completed_within, is_short
from shared.ask.understand.frames import SCORE, Frame, framed
from shared.ask.understand.indefinite import needs_one, of_any
from shared.ask.understand.profiles import Learned
from shared.ask.understand.reading import Reading
from shared.ask.understand.scoring import Match, matches


class Single:
    """Plans one question of a prompt."""

    def __init__(self, learned: Learned, frames: Sequence[Frame], openers: Sequence[str]) -> None:
        self._learned, self._frames, self._openers = learned, tuple(frames), openers

    def part(self, reading: Reading, context: Context, before: Before) -> Plan | NeedInput | Declined:
        """Plan one of several questions of a prompt; one that may be about everybody, or go on, is asked back."""
        within = completed_within(before.values, reading)
        of_it = framed(within, self._frames) if within else []
        of_all = framed(reading, self._frames) if of_it and not is_short(reading) else []
        planned = decided(of_it, context, before, ()) if of_it else None
        if of_all and isinstance(planned, Plan):
            return replace(which_of([*of_it, *of_all]), step=planned.steps[0])
        return planned or self.planned(reading, self.found(reading, context, before), context, before)

    def planned(
        self, reading: Reading, found: list[Match], context: Context, before: Before
    ) -> Plan | NeedInput | Declined:
        """Return the plan of the best match, or of each of two things that "or" joins, where it leaves one out."""
        whole = decided(found, context, before, self._openers)
        sides = sides_of(reading)
        if sides and found and isinstance(whole, Plan) and found[0].score < 1 and sides.is_lost(found[0].filling):
            return which_side(sides)
        if sides is None or (found and (found[0].score == 1 or sides.are_taken(found[0].filling))):
            return whole
        is_lost = isinstance(whole, Plan) and bool(sides.keys & set(found[0].unexplained))
        if isinstance(whole, Plan) and not is_lost and not sides.adds:
            return whole
        readings = [self._learned.read(text, context.now, context.known) for text in (sides.one, sides.other)]
        if all(self.is_beyond_doubt(reading, context, before) for reading in readings):
            both = both_sides(*(self._decided(reading, context, before) for reading in readings))
            if both is not None:
                return both if sides.adds else which_side(sides)
        return which_side(sides) if is_lost else whole

    def _decided(self, reading: Reading, context: Context, before: Before) -> Plan | NeedInput | Declined:
        return decided(self.found(reading, context, before), context, before, self._openers)

    def is_beyond_doubt(self, reading: Reading, context: Context, before: Before) -> bool:
        """Say whether a frame takes a reading, or an example is the same word for word."""
        reading = pointing(reading, context, before)
        return reading.form in self._learned.forms or is_sure(framed(reading, self._frames))

    def found(self, reading: Reading, context: Context, before: Before) -> list[Match]:
        """Return the matches, best first: the skill whose frame takes the prompt; else what the examples say."""
        reading = pointing(reading, context, before)
        if reading.form in self._learned.forms:
            return matches(reading, self._learned)
        found = framed(reading, self._frames)
        if (not found or is_short(reading)) and not before.values:
            completed = completed_by(context, reading)
            found = (framed(completed, self._frames) if completed else []) or found
        return found or self._of_any(reading)

    def _of_any(self, reading: Reading) -> list[Match]:
        """Return the matches of a reading; or, of skills that need no such thing, of one in which "a policy" is any."""
        found = matches(reading, self._learned)
        loose = of_any(reading)
        sure = framed(loose, self._frames) if loose else []
        if sure := [match for match in sure if not needs_one(match.profile, reading)]:
            return sure
        if loose is None or (found and found[0].score >= SURE and not found[0].filling.unused):
            return found
        taken = matches(loose, self._learned)
        return [match for match in taken if not needs_one(match.profile, reading)] or found


def is_sure(found: Sequence[Match]) -> bool:
    """Say whether a frame explains all of a prompt."""
    return bool(found) and found[0].score >= SCORE and found[0].explained == 1
