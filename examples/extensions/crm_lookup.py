"""Asks a CRM who the visitor is before the number is given out, so that the agent sees it.

    warmcall serve … --extension crm_lookup:extension

    [extensions.crm_lookup]
    url = "https://crm.example.com/api/customers"
    key = "env:CRM_KEY"

If the CRM is slow or down, the visitor gets the number without it.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from warmcall import Bus, Event, RefusalError


def extension(bus: Bus, settings: Mapping[str, Any]) -> None:
    """Register the plugin `Crm`."""
    crm = bus.plugin("Crm")
    http = httpx.AsyncClient(headers={"Authorization": f"Bearer {settings['key']}"}, timeout=1.5)

    async def look_up(request: dict[str, Any]) -> dict[str, Any]:
        phone = request.get("fields", {}).get("phonenumber")
        if not phone:
            return request
        answer = await http.get(settings["url"], params={"phone": phone})
        if answer.status_code == 404:
            return request
        customer = answer.raise_for_status().json()
        if customer.get("blocked"):
            raise RefusalError("Please write to us at help@example.com: we cannot take calls for this account.")
        known = {"id": customer["id"], "tier": customer.get("tier", "standard")}
        return {**request, "userData": {**request.get("userData", {}), "customer": known}}

    async def close(e: Event) -> None:
        await http.aclose()

    crm.before("CallRequests.create", look_up)
    crm.subscribe("App.stopping", close)
    crm.ready()
