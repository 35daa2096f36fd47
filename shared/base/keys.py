"""Secret keys as settings and files hold them."""

import base64

KEY_BYTES = 32


def key_from(text: str) -> bytes:
    """Return the 32 bytes that base64 `text` stands for. Raises `ValueError` for anything else."""
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes in base64, this one has {len(key)}")
    return key
