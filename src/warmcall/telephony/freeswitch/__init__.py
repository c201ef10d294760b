"""FreeSWITCH: each call dials this connector over the event socket, and is led from there until it ends."""
