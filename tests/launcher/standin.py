"""A process that looks to the launcher like a service, for tests of the launcher alone.

It serves /health and /metrics on LASTMETRE_HTTP_PORT. `python -m tests.launcher.standin [FLAW]`, where FLAW is
`stubborn` (ignores SIGTERM), `lacking` (never ready), `broken` (ends at once) or `busy` (never done with its work).
"""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FLAW = sys.argv[1] if len(sys.argv) > 1 else ""


class Pages(BaseHTTPRequestHandler):
    """The pages that every service has."""

    def do_GET(self) -> None:
        """Answer as a service would."""
        if self.path == "/health/ready":
            ready = FLAW != "lacking"
            self._send(200 if ready else 503, json.dumps({"checks": {"store": True, "replica": ready}}))
        elif self.path == "/metrics":
            self._send(200, _metrics())
        elif self.path == "/environment":
            settings = {k: v for k, v in os.environ.items() if k.startswith("LASTMETRE_")}
            self._send(200, json.dumps(settings | {"pid": str(os.getpid())}))
        else:
            self._send(200, "{}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


def _metrics() -> str:
    return (
        "# TYPE lastmetre_events_handled counter\n"
        'lastmetre_events_handled_total{type="A",outcome="done"} 40\n'
        'lastmetre_events_handled_total{type="B",outcome="repeated"} 2\n'
        "# TYPE lastmetre_events_published counter\n"
        'lastmetre_events_published_total{type="A"} 7\n'
        "# TYPE lastmetre_consumer_lag gauge\n"
        f'lastmetre_consumer_lag{{topic="t"}} {3 if FLAW == "busy" else 0}\n'
        "# TYPE lastmetre_newest_event_timestamp_seconds gauge\n"
        f"lastmetre_newest_event_timestamp_seconds {time.time() - 90}\n"
    )


def main() -> None:
    """Serve until SIGTERM."""
    if FLAW == "broken":
        sys.exit("there is no such street")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if FLAW == "stubborn" else lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["LASTMETRE_HTTP_PORT"])), Pages).serve_forever()


if __name__ == "__main__":
    main()
