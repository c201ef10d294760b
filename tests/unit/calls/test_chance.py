import os

import pytest

from warmcall.calls.chance import random_bytes


def test_no_bytes_are_given_out_twice() -> None:
    drawn = [random_bytes(16) for _ in range(2000)]
    assert len(set(drawn)) == 2000
    assert {len(one) for one in drawn} == {16}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_child_process_draws_others_than_its_parent() -> None:
    random_bytes(1)
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(into, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(out, 16) != random_bytes(16)
    os.close(out)
    os.close(into)
