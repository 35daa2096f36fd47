"""`python -m deploy.cluster.live`: whether the service of this container answers: the health check of its image."""

import os
import sys
from http.client import OK, HTTPConnection, HTTPException

TIMEOUT_S = 3.0


def main() -> int:
    """Return 0 when `/health/live` answers on the service's own port, else 1."""
    port = int(os.environ.get("LASTMETRE_HTTP_PORT", "8000"))
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/health/live")
        return 0 if connection.getresponse().status == OK else 1
    except (OSError, HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
