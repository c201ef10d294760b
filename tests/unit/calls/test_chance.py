import subprocess
import sys

from warmcall.calls.chance import random_bytes

# In a process of its own, which has no threads: Python warns of those at a fork.
FORK = """
import os
from warmcall.calls.chance import random_bytes
random_bytes(1)
child = os.fork()
if child:
    os.waitpid(child, 0)
print(random_bytes(16).hex(), flush=True)
"""


def test_no_bytes_are_given_out_twice() -> None:
    drawn = [random_bytes(16) for _ in range(2000)]
    assert len(set(drawn)) == 2000
    assert {len(one) for one in drawn} == {16}


def test_a_child_process_draws_others_than_its_parent() -> None:
    ran = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True, timeout=30)
    child, parent = ran.stdout.split()
    assert len(parent) == len(child) == 32
    assert parent != child
