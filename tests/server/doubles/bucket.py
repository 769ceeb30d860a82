"""A Google Cloud Storage of the tests' own on loopback, and a service account that it never saw."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from time import monotonic, sleep
from typing import Any
from urllib.request import urlopen

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.oauth2 import service_account

BUCKET = "media"
STARTED_WITHIN_SECONDS = 20


@contextmanager
def running_storage() -> Iterator[storage.Client]:
    """A client of an empty storage with one bucket.

    It takes what the real one refuses: wrong signatures, wrong types, addresses that are over.
    """
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("gcp-storage-emulator")
    child = subprocess.Popen(
        [program, "start", "--host", "127.0.0.1", "--port", str(port), "--in-memory"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        client = storage.Client("tests", nobody, client_options={"api_endpoint": url})
        client.create_bucket(BUCKET)
        yield client
        client.close()
    finally:
        child.terminate()
        child.wait()


def _wait_for(url: str) -> None:
    until = monotonic() + STARTED_WITHIN_SECONDS
    while True:
        try:
            with urlopen(f"{url}/storage/v1/b?project=tests", timeout=1):
                return
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.05)


def service_account_info(key: RSAPrivateKey) -> dict[str, Any]:
    """What the key file of a service account holds."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "tests",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "broker@tests.iam.gserviceaccount.com",
        "token_uri": "http://127.0.0.1/token",
    }


def signer_of(key: RSAPrivateKey) -> service_account.Credentials:
    """Who signs addresses with that key."""
    info = service_account_info(key)
    signer: service_account.Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        info
    )
    return signer
