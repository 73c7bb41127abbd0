"""Plots as SVG, made on the server: bars with their numbers beside them, so that no colour has to be told."""

from collections.abc import Sequence

import msgspec

ROW = 28
BAR = 16
LABEL_WIDTH = 150
WIDTH = 380
"""As narrow as a telephone, so that letters stay readable there."""
NUMBER_WIDTH = 60
LONGEST_LABEL = 22


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar."""

    label: str
    value: float
    shown: str
    """The number as people read it."""
    tone: str = ""
    """Class of the colour; says nothing that the label does not."""
    x: int = LABEL_WIDTH
    y: float = 0
    width: float = 0


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """Bars under each other, laid out; a template writes them."""

    title: str
    unit: str
    """What a bar counts, for the heading of the table."""
    bars: tuple[Bar, ...]
    note: str = ""

    @property
    def width(self) -> int:
        """Return the width of the drawing."""
        return WIDTH

    @property
    def height(self) -> int:
        """Return the height of the drawing."""
        return ROW * len(self.bars)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to draw."""
        return not any(bar.value for bar in self.bars)


def bars(title: str, unit: str, values: Sequence[tuple[str, float, str]], note: str = "") -> Bars:
    """Lay out bars of ``(label, value, tone)`` in the given order; the longest fills the width."""
    most = max((value for _, value, _ in values), default=0) or 1
    room = WIDTH - LABEL_WIDTH - NUMBER_WIDTH
    return Bars(
        title=title,
        unit=unit,
        note=note,
        bars=tuple(
            Bar(
                label=label,
                value=value,
                shown=f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}",
                tone=tone,
                y=place * ROW + (ROW - BAR) / 2,
                width=round(room * value / most, 1),
            )
            for place, (label, value, tone) in enumerate(values)
        ),
    )
