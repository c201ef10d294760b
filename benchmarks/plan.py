"""How thoroughly to measure."""

import msgspec


class Plan(msgspec.Struct, frozen=True):
    """The size of a run.

    Attributes:
        seconds: Length of one slice of load.
        slices: How many slices each candidate gets; the median counts.
        live_requests: How many live requests the full store has that is compared with an empty one.
        streams: How many live streams are opened.
    """

    seconds: int = 2
    slices: int = 5
    live_requests: int = 100_000
    streams: int = 10_000
