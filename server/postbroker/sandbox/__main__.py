"""`python -m postbroker.sandbox`: a simulated platform in a process of its own, for tests."""

import argparse
import asyncio
import json
import signal
import socket
import ssl
import sys
from pathlib import Path

from aiohttp import web

from postbroker.sandbox.app import BY_ID, sandbox_app, site_at_root

HOST = "127.0.0.1"
SHUTDOWN_SECONDS = 1.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m postbroker.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where the ledger lies")
    parser.add_argument(
        "--site", choices=list(BY_ID), default="x", help="which one to serve at the root"
    )
    parser.add_argument(
        "--at-root", action="store_true", help="serve one site at / for the real host names"
    )
    parser.add_argument(
        "--auto-login", metavar="HANDLE", help="who a new browser is logged in as, at the root"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    tls = None
    if arguments.tls_cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    listener = socket.create_server((HOST, arguments.port))
    port = listener.getsockname()[1]
    url = f"{'https' if tls else 'http'}://{HOST}:{port}"
    if arguments.at_root:
        app = site_at_root(arguments.site, arguments.data_dir, auto_login=arguments.auto_login)
    else:
        app = sandbox_app(arguments.data_dir, public_url=url, mount="")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    await web.SockSite(runner, listener, ssl_context=tls).start()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sys.stdout.write(json.dumps({"url": url, "port": port}) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Serve until told to stop; one line of JSON with url and port says that it is ready."""
    asyncio.run(_serve(_arguments()))


if __name__ == "__main__":
    main()
