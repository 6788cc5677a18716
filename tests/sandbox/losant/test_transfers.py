"""Transfers: all or nothing, and only where there is room."""

import httpx
import pytest

from gateway.sandbox.store import Store
from gateway.sandbox.world.links import NORTHWIND_LOSANT
from gateway.sandbox.world.losant import FULL, SOUTHGATE

pytestmark = pytest.mark.anyio

TRANSFER = f"/orgs/{NORTHWIND_LOSANT}/transferResources"
FLEET, YARD = "5f3c1c10e4b0c91d2f6a8b20", "5f3c1c10e4b0c91d2f6a8b21"
YARD_BOARD, MAP_BOARD = "5f3c1c10e4b0c91d2f6a8b30", "5f3c1c10e4b0c91d2f6a8b31"


async def counts(client: httpx.AsyncClient, org: str) -> tuple[int, int]:
    summary = (await client.get(f"/orgs/{org}")).json()["summary"]
    return summary["appCount"], summary["dashCount"]


async def test_resources_move_from_one_organization_to_another(losant: httpx.AsyncClient) -> None:
    apps, boards = await counts(losant, SOUTHGATE)
    moved = {"applicationIds": [YARD], "dashboardIds": [YARD_BOARD], "strict": True}

    response = await losant.patch(
        TRANSFER, json={"destinationId": SOUTHGATE, "destinationType": "organization", **moved}
    )

    assert response.json() == {"success": True}
    assert await counts(losant, NORTHWIND_LOSANT) == (1, 2)
    assert await counts(losant, SOUTHGATE) == (apps + 1, boards + 1)


async def test_resources_can_move_to_a_user(losant: httpx.AsyncClient, store: Store) -> None:
    alice = "5f3c1b02e4b0c91d2f6a8b10"

    body = {"destinationId": alice, "destinationType": "user", "applicationIds": [YARD]}

    assert (await losant.patch(TRANSFER, json=body)).status_code == 200
    assert [app["name"] for app in store.all("losant.application", alice)] == ["Yard"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"destinationId": FULL, "destinationType": "organization", "applicationIds": [YARD]}, 400),
        ({"destinationId": SOUTHGATE, "destinationType": "organization", "applicationIds": [YARD, "0" * 24]}, 400),
        (
            {
                "destinationId": SOUTHGATE,
                "destinationType": "organization",
                "dashboardIds": [MAP_BOARD],
                "strict": True,
            },
            400,
        ),
        ({"destinationId": NORTHWIND_LOSANT, "destinationType": "organization", "applicationIds": [YARD]}, 400),
        ({"destinationId": "0" * 24, "destinationType": "organization", "applicationIds": [YARD]}, 404),
        ({"destinationId": "0" * 24, "destinationType": "user", "applicationIds": [YARD]}, 404),
        ({"destinationId": SOUTHGATE, "destinationType": "team"}, 400),
        ({"destinationId": SOUTHGATE}, 400),
        ({"destinationId": SOUTHGATE, "destinationType": "organization", "force": True}, 400),
    ],
)
async def test_a_refused_transfer_moves_nothing(losant: httpx.AsyncClient, body: object, status: int) -> None:
    assert (await losant.patch(TRANSFER, json=body)).status_code == status
    assert await counts(losant, NORTHWIND_LOSANT) == (2, 3)


async def test_a_dashboard_may_go_without_its_application_unless_strict(losant: httpx.AsyncClient) -> None:
    body = {"destinationId": SOUTHGATE, "destinationType": "organization", "dashboardIds": [MAP_BOARD]}

    assert (await losant.patch(TRANSFER, json=body)).status_code == 200
