"""The least that a walk can be: ask with httpx, parse the JSON, follow the link; prints the seconds it took."""

from __future__ import annotations

import os
import time

import httpx


def main() -> None:
    """Walk the list of the tenant that the environment names."""
    origin, key = os.environ["QCONN_SERVER"], os.environ["QCONN_API_KEY"]
    address: str | None = f"{origin}/api/workflows/automation-connectors?sort=id&limit=100"
    rows = []
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}) as client:
        began = time.perf_counter()
        while address:
            page = client.get(address).json()
            rows += page["data"]
            address = page["links"]["next"]["href"]
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
