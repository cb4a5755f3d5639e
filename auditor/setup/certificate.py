"""A key and a self-signed certificate to sign in with, made on this machine.

Entra trusts the certificate because an administrator uploads it, so nobody has to sign it. The key
is RSA, the one kind that Entra accepts for signing in, with 3,072 bits, which NIST SP 800-57 holds
strong enough beyond 2030. Its randomness is that of the operating system, through OpenSSL.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auditor.errors import UsageError
from auditor.files import shown
from auditor.setup.registration import PublicCertificate

_BITS = 3072
_LEAST_BITS = 2048
_LARGEST = 65_536
_CLOCKS_DIFFER = timedelta(hours=1)
LONGEST_NAME = 64
"""Bytes in UTF-8 that X.520 lets a common name have."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """What is kept, and what is uploaded."""

    pem: bytes
    """Private key and certificate: for ``AZURE_CLIENT_CERTIFICATE_PATH``."""
    public: PublicCertificate


def make_key_pair(name: str, days: int, now: datetime) -> KeyPair:
    """Make a key, and a certificate of it.

    Args:
        name: The common name, at most 64 bytes.
        days: How long it is valid, from ``now`` on.
        now: UTC; the certificate begins an hour earlier, as clocks differ.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_only_signs(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(private + certificate.public_bytes(Encoding.PEM), _public(certificate))


def read_public(path: Path, now: datetime) -> PublicCertificate:
    """Read a certificate to upload, in PEM or DER.

    Raises:
        UsageError: It cannot be read, holds a private key, is no RSA certificate or is over.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        msg = f"--certificate {shown(path)} cannot be read: {reason}"
        raise UsageError(msg) from error
    if b"PRIVATE KEY" in data:
        msg = f"--certificate {shown(path)} holds a private key: give the public certificate alone"
        raise UsageError(msg)
    found = _public(_certificate(path, data))
    if found.ends <= now:
        msg = f"--certificate {shown(path)} ended on {found.ends:%Y-%m-%d}: make a new one"
        raise UsageError(msg)
    return found


def _certificate(path: Path, data: bytes) -> x509.Certificate:
    try:
        if b"-----BEGIN" in data:
            (found,) = x509.load_pem_x509_certificates(data)
        else:
            found = x509.load_der_x509_certificate(data)
        key = found.public_key()
    except (ValueError, TypeError) as error:
        msg = f"--certificate {shown(path)} is not one certificate in PEM or DER"
        raise UsageError(msg) from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _LEAST_BITS:
        msg = f"--certificate {shown(path)} has no RSA key of at least {_LEAST_BITS} bits"
        raise UsageError(msg)
    return found


def _only_signs() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _public(certificate: x509.Certificate) -> PublicCertificate:
    sha1 = hashes.SHA1()  # noqa: S303 - the portal names a certificate by it; nothing trusts it
    return PublicCertificate(
        pem=certificate.public_bytes(Encoding.PEM).decode(),
        base64=base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        ends=certificate.not_valid_after_utc.astimezone(UTC),
        sha1=certificate.fingerprint(sha1).hex().upper(),
        sha256=certificate.fingerprint(hashes.SHA256()).hex().upper(),
    )
