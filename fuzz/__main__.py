"""Fuzzes one target with atheris: `python -m fuzz TARGET SECONDS`. What is found is kept below `.cache/fuzz`."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["warmcall"]):
    from fuzz.seeds import SEEDS
    from fuzz.targets import TARGETS

CACHE = Path(__file__).parents[1] / ".cache" / "fuzz"
INPUT_BYTES = 16_384


def main(name: str, seconds: int) -> None:
    """Fuzz, until time is up or a fault is found: then the input that shows it is in `crash-…`."""
    corpus = CACHE / name
    corpus.mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{index}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES}", "-timeout=10", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={CACHE}/{name}-", str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
