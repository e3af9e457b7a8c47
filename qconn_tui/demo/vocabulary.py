"""The words that the embedded tenant's fictional connectors are made of."""
# ruff: noqa: RUF001 - names in other scripts are what it is about

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of service: what its connectors are called, said to be, and work with."""

    noun: str
    """What a product of this kind is called after its vendor, e.g. `Mail`."""
    what: str
    """How a description goes on after `<name> is`."""
    use: str
    """A second sentence that some descriptions have."""
    objects: tuple[str, ...]
    """What its blocks list, create and delete, in the singular."""
    sign_in: str = "oauth2"
    """What a connection needs: a key of `details.SIGN_IN`."""


KINDS = (
    Kind("Mail", "an e-mail service for teams", "Send messages and read mailboxes.", ("Message", "Folder")),
    Kind("Calendar", "a shared calendar for people and rooms", "Plan and move events.", ("Event", "Room")),
    Kind("Drive", "a place to store and share files", "Read, write and share files.", ("File", "Folder")),
    Kind("CRM", "a customer relationship platform", "Keep leads up to date.", ("Lead", "Account", "Deal")),
    Kind("Desk", "a help desk for support teams", "Open, assign and close tickets.", ("Ticket", "Agent")),
    Kind("Chat", "a messaging app for work", "Post to a channel.", ("Message", "Channel"), "bot_token"),
    Kind("Sheets", "an online spreadsheet", "Read and write rows.", ("Row", "Workbook")),
    Kind("Forms", "a form builder", "Collect every answer.", ("Form", "Answer"), "api_key"),
    Kind("Ledger", "bookkeeping software", "Create invoices.", ("Invoice", "Account")),
    Kind("Pay", "a payment platform for shops", "Look up charges.", ("Charge", "Refund"), "api_key"),
    Kind("People", "an HR system for growing companies", "Add and remove staff.", ("Employee", "Absence")),
    Kind("Object Store", "an object storage service", "Copy files.", ("Object", "Bucket"), "access_key"),
    Kind("SQL", "a cloud data warehouse", "Run a query, loop over rows.", ("Row", "Table"), "database"),
    Kind("Analytics", "web analytics without cookies", "Read visits.", ("Report", "Site"), "api_key"),
    Kind("Campaigns", "a marketing automation platform", "Add contacts.", ("Contact", "Audience")),
    Kind("Surveys", "a survey and feedback tool", "Send surveys, read results.", ("Survey", "Response")),
    Kind("Builds", "a build service", "Start a build and follow it.", ("Build", "Pipeline"), "api_key"),
    Kind("Repos", "a host for source code", "Commit files.", ("Commit", "Issue", "Branch"), "api_key"),
    Kind("Boards", "a project board", "Create and move cards.", ("Card", "List")),
    Kind("Meet", "a video conferencing service", "Create meetings.", ("Meeting", "Recording")),
    Kind("Sign", "an electronic signature service", "Send documents.", ("Envelope", "Signer")),
    Kind("Shop", "an e-commerce platform", "Read orders, update stock.", ("Order", "Product"), "api_key"),
    Kind("Freight", "a shipping service", "Print labels, follow parcels.", ("Parcel", "Label"), "api_key"),
    Kind("Assist", "a language model service", "Summarise a text.", ("Completion", "Model"), "api_key"),
)  # fmt: skip
KIND = {kind.noun: kind for kind in KINDS}
"""The kinds by their noun."""

WEB_SERVICE = Kind("HTTP", "a generic connector", "Call any web service.", ("Request",), "api_key")
FILE_SERVER = Kind("Server", "a file server", "Read and write its files.", ("File", "Folder"), "basic")
PLATFORM = Kind("Platform", "a data platform", "Manage its apps.", ("App", "Reload", "Space", "User"), "none")
BASE = Kind("Base", "a cloud collaboration service", "Work with its bases.", ("Record", "Table"), "api_key")

SUITES = (
    "Nordwind", "Brightmoor", "Quillhaven", "Lumivale", "Harborlux", "Petrafen", "Kestrelby", "Blåfjell",
    "Mérilune", "Øyskog", "Zephyrion", "Tallowmere", "Vindström", "Castañera", "Grünfeld & Söhne",
    "Marlowick", "Pinewarden", "Żarowka", "Oakhollow", "Silbermond", "Thornquay", "Wexforth",
)  # fmt: skip
"""Vendors with a whole family of products."""

VARIANTS = (
    "", "(with admin consent)", "with service account", "for Education", "(EU data residency)", "v2",
    "(sandbox)", "Enterprise",
)  # fmt: skip
"""What tells near-duplicates apart."""

STEMS = (
    "Alder", "Amber", "Ashen", "Birken", "Bramble", "Cinder", "Clover", "Copper", "Dapple", "Elder",
    "Ember", "Fallow", "Fathom", "Fennel", "Garnet", "Gloam", "Hazel", "Heron", "Indigo", "Juniper",
    "Larken", "Linden", "Maple", "Marten", "Moss", "Nettle", "Nimbus", "Ochre", "Osprey", "Plover",
    "Rowan", "Russet", "Sable", "Sorrel", "Tansy", "Thistle", "Umber", "Vesper", "Willow", "Yarrow",
)  # fmt: skip
"""How the names of small vendors begin."""
ENDINGS = (
    "ara", "beck", "burst", "cairn", "dale", "ester", "fold", "gate", "holt", "ivo", "kin", "lode",
    "mark", "nook", "orra", "quill", "reef", "sett", "thorpe", "una", "vane", "wick", "yard", "zio",
)  # fmt: skip
"""And how they end."""

_PINEWARDEN = "Pinewarden Enterprise Resource Planning and Warehouse Management for Regulated Industries"
_PINEWARDEN_DESCRIPTION = (
    "Connects an automation with a Pinewarden installation behind the firewall, through a gateway. "
    "Orders, stock levels, suppliers, batches and audit trails can be read; orders can be written."
)

ODDITIES: tuple[tuple[str, str, str | None], ...] = (
    ("青空メール", "Mail", "青空メールは、チームのためのメールサービスです。"),
    ("青空カレンダー", "Calendar", "予定と会議室を共有するカレンダーです。"),
    ("青空ドライブ（管理者の同意あり）", "Drive", None),
    ("月見ノート", "Sheets", "ノートと表をまとめて管理できます。"),
    ("星河云盘", "Drive", "星河云盘是面向团队的文件存储服务。"),
    ("星河客服", "Desk", None),
    ("竹影数据仓库", "SQL", "云端数据仓库，支持标准查询语言。"),
    ("달빛 메신저", "Chat", "달빛 메신저는 팀을 위한 대화 서비스입니다."),
    ("달빛 캘린더", "Calendar", None),
    ("Crème Brûlée Paie", "Pay", "Crème Brûlée Paie est un service de paiement en ligne."),
    ("Søndag Møteplan", "Meet", "Søndag Møteplan er et verktøy for møter på nett."),
    ("Ñandú Envíos", "Freight", "Ñandú Envíos sigue los paquetes de principio a fin."),
    ("Überblick Büro", "Boards", None),
    ("Łąka Księgowość", "Ledger", "Łąka Księgowość prowadzi księgi małych firm."),
    ("Αλκυόνη Φόρμες", "Forms", None),
    ("Снегирь Почта", "Mail", "Снегирь Почта: письма и папки для команды."),
    (f"{_PINEWARDEN} (on-premises gateway)", "Ledger", _PINEWARDEN_DESCRIPTION),
    (f"{_PINEWARDEN} (cloud)", "Ledger", None),
    (
        "Wexforth Federated Identity, Access Governance and Entitlement Reviews with service account",
        "People",
        "Wexforth reviews who may do what, and removes what is no longer needed.",
    ),
    (
        "Thornquay Intermodal Freight Forwarding, Customs Declarations & Proof of Delivery Archive (EU)",
        "Freight",
        "Thornquay follows a container from the quay to the door.",
    ),
    ("q", "SQL", "A query language in one letter."),
    ("7th Hour", "Boards", "7th Hour is a time sheet for people who forget time sheets."),
    ("_underscore", "Repos", None),
    ('C-Level Dashboards "Live" \\ Archive', "Analytics", "Figures for people in a hurry."),
    ("Mosswick", "CRM", "Mosswick is a customer relationship platform."),
    ("MossWick", "Chat", "Not to be confused with the CRM of the same name."),
    ("Mosswick 2", "CRM", "Mosswick is a customer relationship platform."),
    ("Mosswick 10", "CRM", None),
)  # fmt: skip
"""Names that try a list, a filter and a sort: other scripts, 80 characters and more, a single one, quotes."""
