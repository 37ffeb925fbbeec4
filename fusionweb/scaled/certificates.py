"""Certificates of a start: an authority that exists for it alone, and one certificate for all servers of this machine.

The authority's key is thrown away once it has signed, so its certificate can be trusted for as long as the files lie
there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fusionweb.local.folders import hand_over, write_private

VALID = timedelta(days=30)


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: the authority for clients; the server's certificate, its key, and both in one for HAProxy."""

    authority: Path
    certificate: Path
    key: Path
    both: Path


def write_certificates(folder: Path, user: str | None) -> Certificates:
    """Write the certificates of ``localhost`` and ``127.0.0.1``; the key is readable by ``user`` alone."""
    folder.mkdir(mode=0o711, exist_ok=True)
    files = Certificates(*(folder / name for name in ("authority.pem", "server.pem", "server.key", "front.pem")))
    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _builder("FusionWeb, this start only", "FusionWeb, this start only", signer)
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    server = _builder("localhost", "FusionWeb, this start only", key)
    server = server.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    public = server.sign(signer, hashes.SHA256()).public_bytes(pem).decode()
    files.authority.write_bytes(authority.sign(signer, hashes.SHA256()).public_bytes(pem))
    for path, text in ((files.certificate, public), (files.key, secret), (files.both, public + secret)):
        write_private(path, text)
        hand_over(path, user)
    files.authority.chmod(0o644)
    return files


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + VALID)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
