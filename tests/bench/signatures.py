"""Health codes that one core verifies a second by their public signature. `python -m tests.bench.signatures S`."""

import sys
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BYTES = 120  # what a code signs


def rate(seconds: float) -> float:
    """Return verifications of Ed25519 a second."""
    key = Ed25519PrivateKey.generate()
    public, content = key.public_key(), bytes(BYTES)
    signature, count, began = key.sign(content), 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        for _ in range(100):
            public.verify(signature, content)
        count += 100
    return count / took


if __name__ == "__main__":
    sys.stdout.write(str(rate(float(sys.argv[1]))))
