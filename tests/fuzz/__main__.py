"""`python -m tests.fuzz [TARGET...] [--minutes N] [--corpus FOLDER] [--found FOLDER]`: fuzz under atheris.

Each target gets its share of the time. What is found is written to `--found`, one input for each kind; the number of
executions is told at the end. The exit code is 1 if anything was found.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

SHARES = {"parsing": 2, "validation": 3, "expressions": 1, "everything": 6}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", default=list(SHARES))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--corpus", type=Path, default=Path("build/fuzz/corpus"))
    parser.add_argument("--found", type=Path, default=Path("build/fuzz/found"))
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        fuzz(options.targets[0], options.minutes, options.corpus, options.found)
    total = sum(SHARES[target] for target in options.targets)
    for target in options.targets:  # libFuzzer ends the process
        minutes = options.minutes * SHARES[target] / total
        arguments = [target, "--minutes", str(minutes), "--corpus", str(options.corpus), "--found", str(options.found)]
        subprocess.run([sys.executable, "-m", "tests.fuzz", "--alone", *arguments], check=False)
    found = sorted(options.found.glob("*"))
    print(f"{len(found)} kinds of findings in {options.found}")
    return 1 if found else 0


def fuzz(target: str, minutes: float, corpus: Path, found: Path) -> None:
    """Fuzz one target; does not return."""
    import atheris

    with atheris.instrument_imports(include=["incspec"]):
        from tests.fuzz.mutate import mutate, seeds
        from tests.fuzz.targets import SECONDS, TARGETS

    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    texts = seeds()
    if target == "expressions":
        texts = tuple({line.strip() for text in texts for line in text.replace(b":", b"\n").splitlines()})
    for text in texts:
        (folder / hashlib.sha1(text).hexdigest()).write_bytes(text)
    executions, began = 0, time.monotonic()
    kinds: set[str] = set()

    def once(data: bytes) -> None:
        nonlocal executions
        executions += 1
        start, kind = time.process_time(), ""
        try:
            TARGETS[target](data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            kind = f"{type(error).__name__}-{frames[-1].name}-{frames[-1].lineno}"
        else:
            if time.process_time() - start > SECONDS and _seconds_alone(target, data) > SECONDS:
                kind = f"slow-{len(data).bit_length()}"
        if kind and kind not in kinds:
            kinds.add(kind)
            (found / f"{target}-{kind}.yaml").write_bytes(data)
            print(f"found: {target} {kind}", flush=True)
        if executions % 10_000 == 0:
            print(f"{target}: {executions:_} executions, {time.monotonic() - began:.0f} s", flush=True)

    def custom(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        return atheris.Mutate(data, most) if rng.random() < 0.3 else mutate(data, rng, most)

    flags = [f"-max_total_time={int(minutes * 60)}", "-max_len=8000", "-timeout=120", "-rss_limit_mb=4000"]
    flags += ["-print_final_stats=1", f"-artifact_prefix={found}/{target}-", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *flags, str(folder)], once, custom_mutator=custom)
    atheris.Fuzz()


def _seconds_alone(target: str, data: bytes) -> float:
    """The processor's seconds for one input where nothing is instrumented, which alone makes it several times slower."""
    command = [sys.executable, "-m", "tests.fuzz.targets", target]
    return float(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


sys.exit(main())
