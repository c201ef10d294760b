from collections.abc import AsyncIterator

import pytest

from tests.integration.webhooks.receiver import Receiver, receiving
from tests.postgres import database, open_store, postgres

__all__ = ["database", "open_store", "postgres", "receiver"]

SECRET = "whsec_bmV3LXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE="
OLD_SECRET = "whsec_b2xkLXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE="
SITE = """
[webhooks]
allow_networks = ["127.0.0.0/8"]

[[site]]
id = "shop"
limits = { per_address_per_min = 10000, per_caller_per_hour = 10000 }

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "1001"
"""


def hook(url: str, name: str = "crm", secrets: tuple[str, ...] = (SECRET,), **more: object) -> str:
    """A `[[site.webhook]]` table."""
    rest = "\n".join(f"{key} = {value}" for key, value in more.items())
    named = ", ".join(f'"{secret}"' for secret in secrets)
    return f'[[site.webhook]]\nname = "{name}"\nurl = "{url}"\nsecrets = [{named}]\n{rest}\n'


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
