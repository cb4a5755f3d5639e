"""Can the certificate be used to sign in, for how long, and who else can read it?"""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from auditor.doctor.check import CONFIGURATION, Case, Check, Step, failed, ok, unknown, warning
from auditor.errors import UsageError
from auditor.graph.settings import Auth, SignIn
from auditor.graph.sign_in import certificate_data, make_credential
from auditor.model.diagnosis import Observation

_SOON = timedelta(days=30)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_RENEW = (
    "make a new one with consent-auditor setup certificate --output DIR, and upload its public "
    "part to the app registration"
)


def _run(case: Case) -> Step:
    if case.way is not Auth.CERTIFICATE:
        return case, ()
    try:
        credential = make_credential(case.sign_in, case.connection)
    except UsageError as error:
        found, _, fix = str(error).partition(" - ")
        fix = fix or "give a PEM or PFX file with its private key"
        return case, (failed("file", found, fix, CONFIGURATION),)
    return replace(case, credential=credential), (_validity(case), *_mode(case))


def _validity(case: Case) -> Observation:
    certificate = _read(case.sign_in)
    if certificate is None:
        return unknown("validity", "its dates cannot be read")
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    now = case.clock().astimezone(UTC)
    source = case.origins.get("certificate_path") or case.origins.get("certificate", "")
    dates = f"from {source}, valid until {ends:%Y-%m-%d}"
    if ends <= now:
        return failed("validity", f"it expired on {ends:%Y-%m-%d}", _RENEW, CONFIGURATION)
    if begins > now:
        fix = "set this machine's clock, or wait"
        return failed("validity", f"it begins on {begins:%Y-%m-%d}", fix, CONFIGURATION)
    if ends - now < _SOON:
        return warning("validity", f"{dates}, which is in less than 30 days", _RENEW)
    return ok("validity", dates)


def _read(sign_in: SignIn) -> x509.Certificate | None:
    """Read the one that signs: the first in a PEM file, as azure-identity does."""
    data = certificate_data(sign_in)
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        password = sign_in.certificate_password.encode() or None
        return pkcs12.load_key_and_certificates(data, password)[1]
    except ValueError:
        return None


def _mode(case: Case) -> Iterator[Observation]:
    """Say who else can read the key; Windows has other means than a mode."""
    path = case.sign_in.certificate_path
    if not path or os.name != "posix":
        return
    mode = stat.S_IMODE(Path(path).stat().st_mode)
    if mode & _OTHERS:
        found = f"others on this machine can get at the private key (mode {mode:04o})"
        yield warning("file", found, 'chmod 600 "$AZURE_CLIENT_CERTIFICATE_PATH"')


CHECK = Check("certificate", "looking at the certificate", _run, ("configuration",))
