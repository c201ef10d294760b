"""Hands visitors to the groups that speak their language, in turn.

    warmcall serve … --extension round_robin:extension

    [extensions.round_robin]
    for = "sales"                          # requests for this group are handed on
    de = ["berlin", "vienna"]
    fr = ["paris"]

A language that is not named stays with the group that was asked for.
"""

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Any

from warmcall import Bus


def extension(bus: Bus, settings: Mapping[str, Any]) -> None:
    """Register the plugin `RoundRobin`."""
    turns: dict[str, Iterator[str]] = {
        language: cycle(groups) for language, groups in settings.items() if language != "for"
    }
    plugin = bus.plugin("RoundRobin")

    def hand_on(request: dict[str, Any]) -> dict[str, Any]:
        if request["group"] != settings["for"]:
            return request
        language = request.get("page", {}).get("language", "").partition("-")[0].lower()
        return {**request, "group": next(turns[language])} if language in turns else request

    plugin.before("CallRequests.create", hand_on)
    plugin.ready()
