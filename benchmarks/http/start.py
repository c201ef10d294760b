"""How soon `warmcall serve` answers after it was called."""

import http.client
import time
from statistics import median

from benchmarks.http import product
from benchmarks.http.process import free_port, spawn
from benchmarks.plan import Plan
from benchmarks.table import Row, amount


def measure(plan: Plan) -> list[Row]:
    """Measure the time from the call of the command to the first answer, with warm disk caches."""
    with product.prepared() as (data_dir, config):
        product.new_key(data_dir)
        spent_s = [_once(product.command(config, data_dir, port := free_port()), port) for _ in range(plan.slices + 1)]
    typical_s = median(spent_s[1:])
    return [
        Row(
            name="start of `warmcall serve` to its first answer",
            ours=amount(typical_s, "s"),
            ratio=typical_s,
            limit=1.0,
        )
    ]


def _once(command: product.Command, port: int) -> float:
    began_s = time.perf_counter()
    server = spawn(command, port)
    try:
        server.wait_until(lambda: _answers(port))
        return time.perf_counter() - began_s
    finally:
        server.stop()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
