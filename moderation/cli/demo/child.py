"""`python -m moderation.cli.demo.child …`: one of the demo's processes, which ends when the demo is gone.

Runs a command of `moderation`, or `portal SERVICE_URL SITE PORT`.
"""

import os
import signal
import sys
import threading


def main(arguments: list[str]) -> None:
    """Run one child."""
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    if arguments[0] == "portal":
        _, service_url, site_key, port = arguments
        serve_portal(service_url, site_key, int(port))
        return
    from moderation.cli import cli  # noqa: PLC0415 - the portal has no need of it

    cli(arguments, prog_name="moderation")


def _end_with_the_demo() -> None:
    """Wait for the end of stdin: its other end closes with the demo, even one that was killed."""
    # Not by `sys.stdin`: its lock, held by this thread, would be inherited over the fork of the server's processes.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def serve_portal(service_url: str, site_key: str, port: int) -> None:
    """Serve the sample portal at the loopback address."""
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 - the service never loads it

    from moderation.cli.demo.portal import create_portal  # noqa: PLC0415 - likewise

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing of requests: this is a sample of another site's server."""

    portal = create_portal(service_url, site_key)
    make_server("127.0.0.1", port, portal, threaded=True, request_handler=Quiet).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
