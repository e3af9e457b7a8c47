"""The record of one connector, which the rooms exchange."""

from __future__ import annotations

from typing import NamedTuple


class Connector(NamedTuple):
    """One automation connector, as the tenant lists it (`GET /api/workflows/automation-connectors` of Qlik's API).

    Every text has passed `qconn_tui.text.clean`. Only `id` is always present; a missing name is the empty string.
    """

    id: str
    """The connector's id: `connectorId` of a connection, `datasourcetype_guid` of a block."""
    name: str
    """The name that people see."""
    description: str | None = None
    """A sentence or two, if the tenant has any."""
    billable: bool | None = None
    """Whether a run that executes one of its blocks counts as a third-party run; None is unknown."""
    has_webhooks: bool | None = None
    """Whether it can start an automation by webhook; None is unknown."""
    logo_small: str | None = None
    """Address of the small logo."""
    logo_medium: str | None = None
    """Address of the medium logo."""
    logo_large: str | None = None
    """Address of the large logo."""
