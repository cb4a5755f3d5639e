"""Signs in, and does something with a client."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from auditor.graph.settings import Connection, SignIn
from auditor.graph.sign_in import make_credential

if TYPE_CHECKING:
    from auditor.graph.client import GraphClient

T = TypeVar("T")


def with_client(
    use: "Callable[[GraphClient], Coroutine[object, object, T]]",
    sign_in: SignIn,
    connection: Connection,
    *,
    progress: Callable[[str], None],
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] | None,
) -> T:
    """Sign in, and do something with a client that is closed afterwards."""
    credential = make_credential(sign_in, connection)
    progress(f"signing in with {credential.words}")
    with ThreadPoolExecutor(1) as pool:  # Entra answers while the SDK is imported
        token = pool.submit(credential.get_token, connection.scope, enable_cae=True)
        from auditor.graph.client import GraphClient  # noqa: PLC0415 - the SDK

        wait = sleep or asyncio.sleep
        client = GraphClient(connection, credential, progress=progress, clock=clock, sleep=wait)

    async def run() -> T:
        try:
            token.result()
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())
