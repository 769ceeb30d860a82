"""A certificate for the simulated sites, trusted by its key alone and by nobody else."""

import base64
import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=365 * 60)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two files, and the hash of the public key by which a browser is told to trust it."""

    certificate: Path
    key: Path
    spki: str


def make_certificate(folder: Path, hosts: tuple[str, ...]) -> Certificate:
    """One self-signed leaf for all hosts and for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    names = [*map(x509.DNSName, hosts), loopback]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(EPOCH)
        .not_valid_after(EPOCH + LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "site.crt", folder / "site.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Certificate(*paths, base64.b64encode(hashlib.sha256(public).digest()).decode())
