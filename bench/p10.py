"""P10: the extremes. What choosing a block costs in torrents of up to 2,097,152 pieces and swarms of up to 500 peers.

The other extremes of P10, 100,000 files and 1 TiB, are not measured here.
"""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORE = pathlib.Path(os.environ.get("BT_BUILD", ROOT / "build")) / "bench" / "picker_core"
TARGET = 1.5  # times as much for a request, with ten times the pieces
COUNTS = [1_000, 10_000, 100_000, 1_000_000, 2_097_152]


def measure(runs):
    """{(blocks of a piece, peers, kind): {pieces: ns for a requested block}}, the least of some runs."""
    rows = {}
    for _ in range(runs):
        text = subprocess.run([CORE], capture_output=True, text=True, check=True, timeout=1200).stdout
        for line in text.splitlines():
            blocks, pieces, peers, kind, block_ns, _call_ns = line.split()
            row = rows.setdefault((int(blocks), int(peers), kind), {})
            row[int(pieces)] = min(float(block_ns), row.get(int(pieces), float("inf")))
    return rows


def worst_growth(row):
    """The most that ten times the pieces cost, from 1,000 to 1,000,000."""
    return max(row[10 * count] / row[count] for count in COUNTS if 10 * count in row)


def main(runs, only=""):
    print(f"P10: ns to choose a block; least of {runs} runs")
    if not CORE.exists():
        print(f"not measured: {CORE} not built (meson configure build -Dbench=true)")
        return 0
    print(f"{'':34}" + "".join(f"{count:>11,}" for count in COUNTS) + "  10 x the pieces")
    missed = 0
    for (blocks, peers, kind), row in measure(runs).items():
        name = f"{blocks} block{'s' if blocks > 1 else ''} a piece, {peers} peer{'s' if peers > 1 else ''}, {kind}"
        if only and only not in name:
            continue
        growth = worst_growth(row)
        missed += growth > TARGET
        verdict = "reached" if growth <= TARGET else "MISSED"
        print(f"{name:34}" + "".join(f"{row[count]:11.0f}" for count in COUNTS)
              + f"  {growth:.2f} (target {TARGET}: {verdict})", flush=True)
    return missed
