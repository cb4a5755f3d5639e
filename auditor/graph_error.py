"""What Graph says where it refuses."""

import msgspec

_LONGEST = 200


class GraphError(msgspec.Struct, frozen=True):
    """Code and message of a refusal."""

    code: str = ""
    message: str = ""


class _Body(msgspec.Struct):
    error: GraphError


def graph_error(body: bytes) -> GraphError | None:
    """Read a refusal's body; None where it is something else."""
    try:
        return msgspec.json.decode(body, type=_Body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def refusal(status: int, body: bytes) -> str:
    """Say in a line with which status and words Graph refused."""
    error = graph_error(body)
    return f"HTTP {status}" + (f" {one_line(f'{error.code}: {error.message}')}" if error else "")


def one_line(text: str) -> str:
    """Make a server's words fit for a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
