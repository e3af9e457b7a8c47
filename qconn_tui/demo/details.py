"""The details of a connector of the embedded tenant: parameters, blocks, snippets, webhook events."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from qconn_tui.demo.entry import Entry

SIGN_IN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "none": (),
    "oauth2": (("Domain", "string", "acme"), ("Use sandbox", "checkbox", "false")),
    "api_key": (("API key", "password", ""), ("Region", "select", "eu")),
    "bot_token": (("Bot token", "password", ""),),
    "basic": (
        ("Host", "string", "files.example.com"), ("Port", "number", "22"),
        ("User name", "string", "automation"), ("Password", "password", ""),
    ),
    "access_key": (
        ("Access key", "string", ""), ("Secret key", "password", ""), ("Region", "select", "eu"),
    ),
    "database": (
        ("Host", "string", "warehouse.example.com"), ("Database", "string", "sales"),
        ("User name", "string", "automation"), ("Password", "password", ""),
    ),
}  # fmt: skip
"""The connection parameters of each way to sign in: name, field type and example."""

_REGIONS = ("eu", "us", "apac")

_ROLES = {
    "list": ("List {0}s", "Returns all {0}s, page by page.", (("Search", True), ("Modified since", True))),
    "get": ("Get {0}", "Returns one {0}.", (("{0} ID", False),)),
    "create": (
        "Create {0}",
        "Creates a {0}.",
        (("Name", False), ("Description", True), ("Custom fields", True)),
    ),
    "update": ("Update {0}", "Changes a {0}.", (("{0} ID", False), ("Name", True), ("Description", True))),
    "delete": ("Delete {0}", "Deletes a {0} for good.", (("{0} ID", False),)),
}
"""The blocks for each object, by role: name, description, and inputs with whether each is optional."""

_EVENTS = ("created", "updated", "deleted")


def detail_of(entry: Entry) -> dict[str, object]:
    """The connector's parameters, blocks and snippets, as the API sends them beside the fields of the list."""
    return {
        "connectDocumentation": _documentation(entry),
        "params": [_parameter(entry, *row) for row in SIGN_IN[entry.kind.sign_in]],
        "blocks": [_block(entry, noun, role) for noun in entry.kind.objects for role in _ROLES],
        "snippets": [_snippet(entry, noun) for noun in entry.kind.objects[:1]],
    }


def webhooks_of(entry: Entry) -> dict[str, object]:
    """The connector's webhook configuration, as the API sends it."""
    return {
        "id": entry.id,
        "automatic": entry.kind.sign_in != "api_key",
        "events": [_event(entry, noun, what) for noun in entry.kind.objects for what in _EVENTS],
    }


def _documentation(entry: Entry) -> str:
    names = [name for name, _, _ in SIGN_IN[entry.kind.sign_in]]
    if not names:
        return f"{entry.name} uses your own account. There is nothing to fill in."
    return (
        f"## Connect to {entry.name}\n\n"
        f"1. Sign in to {entry.name} as an administrator.\n"
        "2. Open **Settings**, then **Integrations**, and allow access for automations.\n"
        f"3. Fill in {', '.join(names)}.\n"
        "4. Choose **Save**. The connection is tested at once.\n"
    )


def _parameter(entry: Entry, name: str, field_type: str, example: str) -> dict[str, object]:
    options = [{"id": region, "name": region.upper()} for region in _REGIONS] if field_type == "select" else []
    return {
        "id": _id(entry, "parameter", name),
        "name": name,
        "fieldType": field_type,
        "optional": field_type in ("select", "checkbox"),
        "setting": field_type == "checkbox",
        "options": options,
        "description": f"{name}: see the settings of your {entry.name} account.",
        "exampleValue": example or None,
    }


def _block(entry: Entry, noun: str, role: str) -> dict[str, object]:
    name, description, inputs = _ROLES[role]
    return {
        "id": _id(entry, "block", role, noun),
        "name": name.format(noun),
        "role": role,
        "objectType": noun,
        "description": description.format(noun.lower()),
        "inputs": [_input(entry, noun, role, label.format(noun), optional) for label, optional in inputs],
        "exampleOutput": None if role == "delete" else _example(entry, noun),
    }


def _input(entry: Entry, noun: str, role: str, name: str, optional: bool) -> dict[str, object]:
    is_time = name == "Modified since"
    return {
        "id": _id(entry, "input", role, noun, name),
        "name": name,
        "fieldType": "date-time" if is_time else "object" if name == "Custom fields" else "string",
        "optional": optional,
        "setting": False,
        "options": [],
        "description": "Leave empty for all." if role == "list" else None,
        "exampleValue": "2026-01-31T09:00:00Z" if is_time else None,
    }


def _snippet(entry: Entry, noun: str) -> dict[str, object]:
    return {
        "id": _id(entry, "snippet", noun),
        "name": f"Copy every {noun} to a table",
        "description": f"Lists all {noun.lower()}s and writes each one to a table.",
    }


def _event(entry: Entry, noun: str, what: str) -> dict[str, object]:
    return {
        "id": _id(entry, "event", noun, what),
        "name": f"{noun} {what}",
        "role": f"{noun.lower()}.{what}",
        "description": f"Starts the automation when a {noun.lower()} is {what}.",
        "params": [
            {
                "id": _id(entry, "event", noun, what, "scope"),
                "name": "Scope",
                "type": "select",
                "required": False,
                "options": [{"id": "mine", "name": "Mine"}, {"id": "all", "name": "All"}],
            }
        ],
        "exampleOutput": {"event": f"{noun.lower()}.{what}", "data": _example(entry, noun)},
    }


def _example(entry: Entry, noun: str) -> dict[str, object]:
    return {
        "id": _id(entry, "example", noun)[:8],
        "type": noun.lower(),
        "name": f"Example {noun.lower()}",
        "createdAt": "2026-01-31T09:00:00Z",
    }


def _id(entry: Entry, *path: str) -> str:
    """A UUID that follows from the connector and the path below it."""
    return str(uuid5(NAMESPACE_URL, "/".join((entry.id, *path))))
