"""P2: what one core hashes, each kernel that runs here by itself, beside OpenSSL."""
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORE = pathlib.Path(os.environ.get("BT_BUILD", ROOT / "build")) / "bench" / "hash_core"
NOT_BELOW = 0.95  # of mbedTLS, whatever is chosen


def openssl_rate(name):
    """GiB/s of processor time, or nothing where there is no openssl."""
    if not shutil.which("openssl"):
        return None
    text = subprocess.run(["openssl", "speed", "-mr", "-evp", name, "-bytes", "65536", "-seconds", "1"],
                          capture_output=True, text=True, timeout=60).stdout
    figures = [line.rsplit(":", 1)[1] for line in text.splitlines() if line.startswith("+F")]
    return float(figures[-1]) / 2**30 if figures else None


def main(only=""):
    print("P2: many messages on one core, from its cache, GiB/s of processor time")
    if not CORE.exists():
        print(f"not measured: {CORE} not built (meson configure build -Dbench=true)")
        return 0
    print(f"{'':34}{'at once':>8} {'GiB/s':>7} {'x mbedTLS':>10}")
    base, missed = {}, 0
    for line in subprocess.run([CORE], capture_output=True, text=True, check=True, timeout=600).stdout.splitlines():
        algorithm, kernel, messages, rate = line.split("|")
        rate = float(rate)
        base.setdefault(algorithm, rate)
        times = rate / base[algorithm]
        missed += kernel == "chosen" and times < NOT_BELOW
        name = f"{algorithm}, {kernel}"
        if only in name:
            print(f"{name:34}{messages:>8} {rate:7.2f} {times:10.2f}")
    for algorithm, name in (("SHA-1", "sha1"), ("SHA-256", "sha256")):
        if (rate := openssl_rate(name)) is not None:
            print(f"{algorithm + ', OpenSSL':34}{1:>8} {rate:7.2f} {rate / base[algorithm]:10.2f}")
    return missed
