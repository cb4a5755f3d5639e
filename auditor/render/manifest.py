"""Lists the text formats: every folder of ``reports/`` with a ``format.toml``."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from auditor.errors import ResourceError
from auditor.resources import resource

_MANIFEST = "format.toml"


class TextFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``format.toml`` says. The format's id is the name of its folder."""

    name: str
    extension: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+$")]
    """Without a dot."""
    media_type: str
    template: str
    autoescape: bool
    """Tenant text is escaped as HTML."""
    longest: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Characters after which a report is written in brief; 0 where there is no brief form."""


def text_formats() -> Mapping[str, TextFormat]:
    """Return the text formats by id, in alphabetical order.

    Raises:
        ResourceError: A manifest is not valid.
    """
    folders = sorted(resource("reports").iterdir(), key=lambda folder: folder.name)
    return {
        folder.name: _decode(folder.name, folder.joinpath(_MANIFEST).read_bytes())
        for folder in folders
        if folder.joinpath(_MANIFEST).is_file()
    }


def _decode(format_id: str, manifest: bytes) -> TextFormat:
    try:
        return msgspec.toml.decode(manifest, type=TextFormat)
    except msgspec.DecodeError as error:
        msg = f"reports/{format_id}/{_MANIFEST} is not valid ({error}): correct that file"
        raise ResourceError(msg) from error
