"""The key and the certificate that are made here, and what can be uploaded."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from auditor.errors import UsageError
from auditor.setup.certificate import KeyPair, make_key_pair, read_public

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return make_key_pair("é 株式会社", 30, NOW)


@pytest.fixture
def file(tmp_path: Path, pair: KeyPair) -> Path:
    path = tmp_path / "auditor.cer"
    path.write_text(pair.public.pem)
    return path


def test_key_and_certificate_belong_together(pair: KeyPair) -> None:
    key = load_pem_private_key(pair.pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 3072
    found = x509.load_pem_x509_certificate(pair.pem)
    assert found == x509.load_pem_x509_certificate(pair.public.pem.encode())
    public = found.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(key.sign(b"x", PKCS1v15(), hashes.SHA256()), b"x", PKCS1v15(), hashes.SHA256())
    found.verify_directly_issued_by(found)


def test_it_says_who_and_how_long(pair: KeyPair) -> None:
    found = x509.load_pem_x509_certificate(pair.pem)
    (name,) = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "é 株式会社"
    assert found.not_valid_before_utc == NOW - timedelta(hours=1)
    assert found.not_valid_after_utc == pair.public.ends == NOW + timedelta(days=30)
    assert pair.public.sha1 == found.fingerprint(hashes.SHA1()).hex().upper()
    assert pair.public.sha256 == found.fingerprint(hashes.SHA256()).hex().upper()


def test_the_public_half_holds_no_key(pair: KeyPair) -> None:
    assert "PRIVATE" not in pair.public.pem
    assert pair.public.pem.count("BEGIN") == 1


def test_pem_and_der_are_read(file: Path, pair: KeyPair) -> None:
    assert read_public(file, NOW) == pair.public
    data = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    file.write_bytes(data)
    assert read_public(file, NOW) == pair.public


def refused(path: Path, *, now: datetime = NOW) -> str:
    with pytest.raises(UsageError) as error:
        read_public(path, now)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_private_key_is_not_uploaded(file: Path, pair: KeyPair) -> None:
    file.write_bytes(pair.pem)
    assert "holds a private key" in refused(file)


def test_a_certificate_that_is_over_is_refused(file: Path) -> None:
    assert "ended on 2026-12-21" in refused(file, now=NOW + timedelta(days=31))


def test_two_certificates_are_refused(file: Path, pair: KeyPair) -> None:
    file.write_text(pair.public.pem * 2)
    assert "not one certificate" in refused(file)


def test_another_kind_of_key_is_refused(file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(made.public_bytes(Encoding.PEM))
    assert "no RSA key" in refused(file)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"\x30\x82\xff\xff",
        bytes(70_000),
        b"<script>",
        b"-----BEGIN",
    ],
)
def test_what_is_no_certificate_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert "not one certificate" in refused(file)


@pytest.mark.parametrize("name", ["absent", "\x00", "\ud800", "a" * 300, "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    assert "cannot be read" in refused(tmp_path / name)
