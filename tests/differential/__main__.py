"""`python -m tests.differential --count 10000 --seed 1`: random networks, and a summary of what was found."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Run it; 1 where there is a disagreement, or an op that never ran."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="how many networks")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the others have those after it")
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does

    import torch

    from differential.summary import examine, report

    torch.set_num_threads(1)  # more would wait for each other: the tensors are tiny

    seeds = range(arguments.seed, arguments.seed + arguments.count)
    summary = examine(seeds, tell=lambda found: print(f"seed {found.seed}: {found.message}", file=sys.stderr))
    print(report(summary))
    return 1 if summary.found or summary.never else 0


if __name__ == "__main__":
    sys.exit(main())
