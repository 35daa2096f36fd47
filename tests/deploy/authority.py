"""A certificate authority of a test's own, as an operator of Kafka has one."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


class Authority:
    """Signs certificates and leaves them in `directory` as NAME.crt and NAME.key; its own is ca.crt."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._key = generate_private_key(SECP256R1())
        self._name = _name("test-authority")
        self._write("ca", self._certificate(self._name, self._key, authority=True), self._key)

    @property
    def ca(self) -> Path:
        """The certificate by which what it signed is believed."""
        return self._directory / "ca.crt"

    def sign(self, name: str) -> tuple[Path, Path]:
        """Return the files of a new certificate for `name` at this machine, and of its key."""
        key = generate_private_key(SECP256R1())
        return self._write(name, self._certificate(_name(name), key), key)

    def server(self) -> ssl.SSLContext:
        """Return what a server needs that lets in only clients whose certificate this authority signed."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.ca))
        context.load_cert_chain(*self.sign("server"))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _certificate(
        self, subject: x509.Name, key: EllipticCurvePrivateKey, authority: bool = False
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        usage = x509.KeyUsage(True, False, False, False, False, authority, authority, False, False)
        builder = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(hours=1))
        builder = builder.add_extension(names, critical=False).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(identifier, critical=False).add_extension(issued, critical=False)
        return builder.sign(self._key, SHA256())

    def _write(self, name: str, certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> tuple[Path, Path]:
        certificate_file, key_file = self._directory / f"{name}.crt", self._directory / f"{name}.key"
        certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate_file, key_file


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
