"""The options of ClickToCall, read leniently as the page does: what has the wrong type is ignored, and named."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

log = logging.getLogger("warmcall.client")


class Options(msgspec.Struct, rename="camel"):
    """What `configure` takes, under the names of the page API.

    Attributes:
        site: The site's public id.
        group: The group to call.
        ajax_timeout: How long the server may take, in milliseconds.
        user_data: Sent with every request; what `open` brings wins over it.
        confirm_form_close_enabled: Ask before a filled form is closed.
        service_plugin: The plugin that gets `restore` and `requestNumber`.
        consent: Version of the group's text that is agreed to.
        fallback_number: What to call when no number can be had.
    """

    site: str = ""
    group: str = ""
    ajax_timeout: float = 3000
    user_data: dict[str, Any] = {}
    confirm_form_close_enabled: bool = True
    service_plugin: str = "ClickToCallService"
    fallback_number: str = ""
    consent: str = ""


def read_options(data: Mapping[str, Any]) -> Options:
    """Take the known options that have the right type; log the others once, by name."""
    options = Options()
    for field in msgspec.structs.fields(Options):
        if field.encode_name not in data:
            continue
        try:
            setattr(options, field.name, msgspec.convert(data[field.encode_name], field.type))
        except msgspec.ValidationError as error:
            log.warning("clicktocall.%s is ignored: %s", field.encode_name, error)
    return options
