"""Which of the made-up organizations belong together, and the credentials that open them."""

from dataclasses import dataclass
from typing import NamedTuple

ACME_LOSANT = "575ed6e87ae143cd83dc4aa8"
ACME_NKS = 2
ACME_LOCKTERA = "org-123"
ACME_CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
NORTHWIND_LOSANT = "5f3c1a7be4b0c91d2f6a8b01"
NORTHWIND_NKS = 3880
MEGACORP_LOSANT = "61c0ffee5a1db00c0de0a1b2"
MEGACORP_NKS = 3901
ACME_LEGAL_LOCKTERA = "7a92b400-4a8f-4f2a-bc4e-5f16d17b9c3f"
NORTHWIND_LOCKTERA = "b7d1f0aa-52c3-4f1e-8a44-90e3c6a1d2f5"
MEGACORP_LOCKTERA = "MEGA_corp-0001"
HOLLOW_LOCKTERA = "org-hollow"
NORTHWIND_CLICKHOUSE = "6c1b9f74-3d20-4e8a-9b57-d1f0a2c3e465"
MEGACORP_CLICKHOUSE = "f0e1d2c3-b4a5-4968-8776-655443322110"
TAILSPIN_CLICKHOUSE = "91c2a7d8-0f3e-4b6c-a5d4-7e8f9a0b1c2d"
HOLLOW_CLICKHOUSE = "4e5f6a7b-8c9d-4eaf-b0c1-d2e3f4a5b6c7"


class ClickHouseKey(NamedTuple):
    """A key of one ClickHouse organization."""

    organization: str
    key_id: str
    key_secret: str


@dataclass(frozen=True)
class Credentials:
    """What the stand-ins take: bearer tokens, and ClickHouse's keys."""

    losant: str
    nks: str
    locktera: str
    clickhouse: tuple[ClickHouseKey, ...]


LINKS: dict[str, dict[str, str | int]] = {
    "acme": {
        "losant": ACME_LOSANT,
        "nks": ACME_NKS,
        "locktera": ACME_LOCKTERA,
        "clickhouse": ACME_CLICKHOUSE,
    },
    "northwind": {
        "losant": NORTHWIND_LOSANT,
        "nks": NORTHWIND_NKS,
        "locktera": NORTHWIND_LOCKTERA,
        "clickhouse": NORTHWIND_CLICKHOUSE,
    },
    "megacorp": {
        "losant": MEGACORP_LOSANT,
        "nks": MEGACORP_NKS,
        "locktera": MEGACORP_LOCKTERA,
        "clickhouse": MEGACORP_CLICKHOUSE,
    },
    "acme-legal": {"locktera": ACME_LEGAL_LOCKTERA},
    "tailspin": {"clickhouse": TAILSPIN_CLICKHOUSE},
    "hollow": {"locktera": HOLLOW_LOCKTERA, "clickhouse": HOLLOW_CLICKHOUSE},
}

CREDENTIALS = Credentials(
    losant="LOSANT_API_TOKEN",
    nks="NKS_API_TOKEN",
    locktera="LOCKTERA_API_KEY",
    clickhouse=(
        ClickHouseKey(ACME_CLICKHOUSE, "CH_KEY_ID", "CH_KEY_SECRET"),
        ClickHouseKey(NORTHWIND_CLICKHOUSE, "CH_NORTHWIND_KEY_ID", "CH_NORTHWIND_KEY_SECRET"),
        ClickHouseKey(MEGACORP_CLICKHOUSE, "CH_MEGACORP_KEY_ID", "CH_MEGACORP_KEY_SECRET"),
        ClickHouseKey(TAILSPIN_CLICKHOUSE, "CH_TAILSPIN_KEY_ID", "CH_TAILSPIN_KEY_SECRET"),
        ClickHouseKey(HOLLOW_CLICKHOUSE, "CH_HOLLOW_KEY_ID", "CH_HOLLOW_KEY_SECRET"),
    ),
)
