"""The timer trigger: NCRONTAB schedules into invocations, and a note of the last run so that a late one is noticed."""

import json
import re
from datetime import datetime

from croniter import CroniterError, croniter

from local.host.bindings import TimerTrigger
from local.host.errors import UnsupportedBindingError
from local.host.event_log import EventLog, TimerStatus
from local.host.invocations import Invoker
from local.host.outcome import Outcome
from local.host.pace import Pace
from local.host.retries import Try, run_with_retries
from local.host.stand_ins import TypedData
from local.host.worker import Function

_FIELDS = 6
_MONITORED_SECONDS = 60
# What croniter reads beyond NCRONTAB (L, #, ?, H, R and Sunday as 7) would be refused in Azure.
_NCRONTAB_FIELD = re.compile(r"(?:[\d*,/-]|[A-Za-z]{3})+")
_NAMES = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
_DAYS = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}


class Schedule:
    """Six fields, in UTC: second, minute, hour, day, month, day of week (Sunday is 0); all of them must match."""

    def __init__(self, expression: str) -> None:
        """Raise ValueError for an expression that NCRONTAB does not have or that never comes."""
        fields = expression.split()
        if len(fields) == _FIELDS - 1:
            fields.insert(0, "0")
        if len(fields) != _FIELDS or not all(map(_is_field, fields, (None, None, None, None, _NAMES, _DAYS))):
            raise ValueError("not an NCRONTAB expression of six fields")
        if re.search(r"(?<!\d)7(?!\d)", re.sub(r"/\d+", "", fields[-1])):
            raise ValueError("NCRONTAB counts the days of the week from 0 to 6")
        self._expression = " ".join(fields)
        try:
            croniter(self._expression, second_at_beginning=True)
        except CroniterError as error:
            raise ValueError("not an NCRONTAB expression") from error

    def after(self, moment: datetime) -> datetime:
        """Return the first time later than a moment. Raises ValueError when there is none."""
        times = croniter(
            self._expression,
            moment.replace(microsecond=0),
            ret_type=datetime,
            day_or=False,
            second_at_beginning=True,
        )
        try:
            found: datetime = times.get_next()
        except CroniterError as error:
            raise ValueError("the schedule never comes") from error
        return found


def _is_field(text: str, names: set[str] | None) -> bool:
    if _NCRONTAB_FIELD.fullmatch(text) is None:
        return False
    return all(word.upper() in (names or ()) for word in re.findall(r"[A-Za-z]+", text))


class Timer:
    """Runs one function on its schedule; never twice at the same time."""

    def __init__(
        self, function: Function, trigger: TimerTrigger, *, log: EventLog, invoker: Invoker, pace: Pace
    ) -> None:
        self.function = function
        self._trigger = trigger
        self._log = log
        self._invoker = invoker
        self._pace = pace
        self._is_past_due = False
        now = pace.clock()
        try:
            self._schedule = Schedule(trigger.schedule)
            first = self._schedule.after(now)
            interval = self._schedule.after(first) - first
        except ValueError as error:
            raise UnsupportedBindingError(f"the schedule of function `{function.name}` is wrong: {error}") from error
        self._is_monitored = trigger.use_monitor and interval.total_seconds() >= _MONITORED_SECONDS
        self.due_at = self._first_run(now, first)

    async def wait_and_run(self) -> bool:
        """Wait until it is due and run it. Return False when the host is stopped meanwhile."""
        if not await self._pace.wait_until(self.due_at):
            return False
        await self.run()
        return True

    async def run(self) -> None:
        """Run it now, under its retry policy, and note when it is due next.

        A run that was cut short by a stop keeps its due time and is past due at the next start.
        """
        value = TypedData(json=json.dumps(self._timer_info()))

        async def invoke(attempt: Try) -> Outcome:
            return await self._invoker.run(self.function, "timer", {self._trigger.name: value}, attempt=attempt)

        if await run_with_retries(invoke, self.function.retry, self._pace) is None:
            return
        now = self._pace.clock()
        self._is_past_due = False
        self.due_at = self._schedule.after(now)
        self._save(last=now)

    def _first_run(self, now: datetime, first: datetime) -> datetime:
        """Return now for a run that was missed while the host was down, or that is wanted at every start."""
        if self._is_monitored:
            status = self._log.timer_status(self.function.name)
            if status is None:
                self.due_at = first
                self._save(last=now)
            else:
                known = status.schedule == self._trigger.schedule
                due = status.next if known else self._schedule.after(status.last)
                self._is_past_due = due < now
        return now if self._is_past_due or self._trigger.run_on_startup else first

    def _save(self, *, last: datetime) -> None:
        if self._is_monitored:
            status = TimerStatus(schedule=self._trigger.schedule, last=last, next=self.due_at)
            self._log.save_timer_status(self.function.name, status)

    def _timer_info(self) -> dict[str, object]:
        status = self._log.timer_status(self.function.name) if self._is_monitored else None
        return {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status
            and {
                "Last": status.last.isoformat(),
                "LastUpdated": status.last.isoformat(),
                "Next": status.next.isoformat(),
            },
            "IsPastDue": self._is_past_due,
        }
