"""Progress on standard error, for work that takes a while."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

_DELAY = 0.3  # seconds: what ends or fails before draws no bar


class ProgressBar:
    """Bars one after another, a new one for each message; a Progress that leaves no trace."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._message = ""

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(
        self, fraction: float, message: str, *, total: int = 100, beside: str = ""
    ) -> None:
        """Of `total` steps that `fraction`; `beside` stands at the bar's right."""
        from tqdm import tqdm

        if self._bar is None or message != self._message:
            self.close()
            self._message = message
            self._bar = tqdm(total=total, desc=message, leave=False, file=sys.stderr, delay=_DELAY)
        if beside:
            self._bar.set_postfix_str(beside, refresh=False)
        self._bar.update(round(fraction * total) - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
