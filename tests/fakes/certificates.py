"""Throw-away certificates: an authority, a server certificate for loopback, client certificates.

Nothing here outlives a test run; every certificate is valid for one day around now.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate that an application signs in with, in every form a credential accepts."""

    certificate: x509.Certificate
    pem: Path
    """Key and certificate, without a password."""
    pem_with_password: Path
    """Encrypted key and certificate."""
    pfx: Path
    """Without a password."""
    pfx_with_password: Path
    password: str
    """The password of the two files that have one."""


class CertificateAuthority:
    """Signs one server certificate and any number of client certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._self_signed()
        self.file = folder / "ca.pem"
        """What a client has to trust, PEM."""
        self.file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    @cached_property
    def server_file(self) -> Path:
        """Key and certificate for ``127.0.0.1`` and ``localhost``, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))],
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = _builder("localhost", self._certificate.subject, key.public_key())
        builder = builder.add_extension(names, critical=False).add_extension(usage, critical=False)
        certificate = builder.add_extension(self._issued_by(), critical=False).sign(
            self._key,
            hashes.SHA256(),
        )
        file = self._folder / "server.pem"
        file.write_bytes(_pem(key, NoEncryption()) + certificate.public_bytes(Encoding.PEM))
        return file

    def client(self, name: str = "auditor") -> ClientCertificate:
        """Make a client certificate; ``name`` is its common name and the stem of its files.

        The key is RSA with 2048 bits, because Entra accepts no other kind.
        """
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = (
            _builder(name, self._certificate.subject, key.public_key())
            .add_extension(self._issued_by(), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        password = f"password of {name}"
        locked = BestAvailableEncryption(password.encode())
        forms = ClientCertificate(
            certificate,
            self._folder / f"{name}.pem",
            self._folder / f"{name}-with-password.pem",
            self._folder / f"{name}.pfx",
            self._folder / f"{name}-with-password.pfx",
            password,
        )
        public = certificate.public_bytes(Encoding.PEM)
        forms.pem.write_bytes(_pem(key, NoEncryption()) + public)
        forms.pem_with_password.write_bytes(_pem(key, locked) + public)
        label = name.encode()
        plain = serialize_key_and_certificates(label, key, certificate, None, NoEncryption())
        closed = serialize_key_and_certificates(label, key, certificate, None, locked)
        forms.pfx.write_bytes(plain)
        forms.pfx_with_password.write_bytes(closed)
        return forms

    def _self_signed(self) -> x509.Certificate:
        name = _name("Throw-away authority of a test")
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            _builder("Throw-away authority of a test", name, self._key.public_key(), is_ca=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _issued_by(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    common_name: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    *,
    is_ca: bool = False,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    constraints = x509.BasicConstraints(ca=is_ca, path_length=None)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _pem(key: _PrivateKey, lock: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
