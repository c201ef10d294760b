"""What `[telephony.kamailio]` may hold."""

import re

from warmcall.telephony.connector import ConnectorSettings
from warmcall.telephony.redirect.settings import check_targets

_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9.-]{0,252})):([0-9]{1,5})")


class Settings(ConnectorSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which Kamailio servers to connect to, and where calls go.

    Attributes:
        servers: `host:port` of each Kamailio's EVAPI (`bind_addr`).
        pbx: Host, or host and port, of the phone system on which queues, extensions and numbers are dialled; `None`:
            only SIP URIs can be destinations.
        code_destination: Where a caller goes who must key in a code: something that can ask for it, as Kamailio has no
            voice; `None`: to the group's fallback.
    """

    servers: tuple[str, ...] = ("127.0.0.1:8448",)
    pbx: str | None = None
    code_destination: str | None = None

    def __post_init__(self) -> None:
        """Check what the types do not.

        Raises:
            ValueError: naming the setting and what is expected there.
        """
        if not self.servers:
            raise ValueError('servers: expected at least one, such as "127.0.0.1:8448"')
        self.addresses()
        check_targets(self.pbx, self.code_destination)

    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each server."""
        return tuple(_address(server) for server in self.servers)


def _address(server: str) -> tuple[str, int]:
    found = _SERVER.fullmatch(server)
    if found is None or not 0 < int(found[3]) < 65536:
        raise ValueError(f'servers: expected host:port such as "127.0.0.1:8448", got "{server}"')
    return found[1] or found[2], int(found[3])
