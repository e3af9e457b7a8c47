"""The panel below the table that explains the last error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from qconn_tui.errors import AnswerError, NotAllowed, NothingSaved

if TYPE_CHECKING:
    from qconn_tui.errors import QconnError


class ProblemPanel(Static):
    """Shows a problem and is hidden without one; the rows stay visible above it."""

    problem: var[QconnError | None] = var(None)
    """The last error; None once it no longer applies."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id, markup=False)

    def watch_problem(self, problem: QconnError | None) -> None:
        """Show the problem, or hide the panel."""
        self.set_class(problem is not None, "-shown")
        self.update(explain(problem) if problem is not None else "")


def explain(problem: QconnError) -> Content:
    """The problem in lines: what happened, what to do next, the keys, and what the tenant says, which may be long."""
    details = problem.details() if isinstance(problem, AnswerError) else ()
    tenant_lines = [Content.styled(line, "dim") for line in details]
    lines = [Content.styled(problem.summary, "bold"), Content(problem.advice)]
    keys = [("Esc", "hide"), ("q", "quit")]
    if not isinstance(problem, NothingSaved):
        keys.insert(0, ("r", "try again"))
    if isinstance(problem, NotAllowed):
        keys.insert(0, ("n", "new key"))
    lines.append(Content("   ").join(Content.assemble((key, "bold"), f" {does}") for key, does in keys))
    return Content("\n").join(line for line in (*lines, *tenant_lines) if line.plain)
