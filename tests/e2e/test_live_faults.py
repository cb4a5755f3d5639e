"""What Microsoft, the network and strangers do to a reading, over TLS."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from auditor.errors import SignInError, UnsafeRequestError
from auditor.graph.answer import Answer
from auditor.graph.client import GraphClient
from auditor.graph.sign_in import make_credential
from auditor.graph.transport import GraphTransport
from auditor.model.profile import ConsentRequest
from auditor.model.snapshot import Reading, Snapshot
from auditor.sources import load
from auditor.sources.source import Item
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud, StartCloud
from tests.fakes.live import (
    SOFIE,
    Naps,
    connection_of,
    options_of,
    read,
    requests_of,
    run_here,
    served,
    sign_in_of,
)
from tests.fakes.wire import Reply, Request, json_reply

_GRAPH = "00000003-0000-0000-c000-000000000000"
_LISTING = f"/servicePrincipals(appId='{_GRAPH}')/delegatedPermissionClassifications"
_ONE_STEP = "microsoft-managed"
"""A sample whose admin consent workflow is off, so that a single batch reads it."""
_POLICY = "/policies/authorizationPolicy"
_SOURCES = {source.name: source for source in load()}
_CLASSIFICATIONS = Item(_SOURCES["permission-classifications"], _GRAPH)
_AUTHORIZATION = Item(_SOURCES["authorization-policy"], "")
_WORKFLOW = Item(_SOURCES["admin-consent-request-policy"], "")
_ORGANIZATION = Item(_SOURCES["organization"], "")
_NOW = datetime(2026, 8, 20, 9, tzinfo=UTC)


@pytest.fixture
def cloud(start_cloud: StartCloud) -> FakeCloud:
    return start_cloud(served(_ONE_STEP))


@pytest.fixture
def requests() -> list[ConsentRequest]:
    return requests_of(_ONE_STEP, SOFIE)


@pytest.fixture
def naps() -> Naps:
    return Naps()


def _bodies(snapshot: Snapshot) -> list[tuple[str, int, int, bytes, str]]:
    return [(one.request, one.page, one.status, one.body, one.failure) for one in snapshot.readings]


def _one(snapshot: Snapshot, source: str) -> Reading:
    (found,) = (one for one in snapshot.readings if one.source == source)
    return found


def _items(
    cloud: FakeCloud,
    *items: Item,
    naps: Naps | None = None,
    told: list[str] | None = None,
    max_wait: float = 300.0,
    request_seconds: float = 60.0,
) -> list[Reading]:
    """Read some items and nothing else."""
    connection = connection_of(cloud, max_wait=max_wait)

    async def run() -> list[Reading]:
        client = GraphClient(
            connection,
            make_credential(sign_in_of(cloud), connection),
            progress=(told if told is not None else []).append,
            clock=lambda: _NOW,
            sleep=naps or Naps(),
            request_seconds=request_seconds,
        )
        try:
            return await GraphTransport(client).read(items)
        finally:
            await client.close()

    return asyncio.run(run())


def _get(cloud: FakeCloud, url: str) -> Answer:
    connection = connection_of(cloud)

    async def run() -> Answer:
        client = GraphClient(
            connection,
            make_credential(sign_in_of(cloud), connection),
            progress=lambda _: None,
            clock=lambda: _NOW,
        )
        try:
            return await client.get(url)
        finally:
            await client.close()

    return asyncio.run(run())


def test_a_handshake_that_is_given_up_leaves_no_socket(cloud: FakeCloud) -> None:
    async def run() -> bytes:
        greeted, rest = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            greeted.set()
            rest.set_result(await reader.read())
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        cloud.registration.resources.add(origin)
        connection = replace(connection_of(cloud), graph_url=origin)
        client = GraphClient(
            connection,
            make_credential(sign_in_of(cloud), connection),
            progress=lambda _: None,
            clock=lambda: _NOW,
        )
        request = asyncio.create_task(client.get(f"{origin}/v1.0/organization"))
        await greeted.wait()
        request.cancel()
        await asyncio.wait([request])
        hello: bytes = await asyncio.wait_for(rest, 10)
        await client.close()
        server.close()
        return hello

    assert asyncio.run(run())


class TestThrottling:
    @pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
    def test_whole_request(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps, code: int
    ) -> None:
        calm = _bodies(read(cloud, requests))
        cloud.faults.add("/$batch", faults.status(code, retry_after=7), times=2)
        assert _bodies(read(cloud, requests, sleep=naps)) == calm
        assert naps.seconds == [7, 7]
        assert cloud.counts["batches"] == 4

    def test_date(self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps) -> None:
        later = format_datetime(_NOW + timedelta(seconds=90), usegmt=True)
        cloud.faults.add("/$batch", faults.status(429, retry_after=later))
        cloud.faults.add(_POLICY, faults.status(429, retry_after=later))
        read(cloud, requests, sleep=naps, clock=lambda: _NOW)
        assert naps.seconds == [90, 90]

    def test_without_a_time_the_waits_grow(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        cloud.faults.add("/$batch", faults.status(503), times=4)
        read(cloud, requests, sleep=naps)
        assert len(naps.seconds) == 4
        for number, seconds in enumerate(naps.seconds):
            longest = 2.0**number
            assert longest / 2 <= seconds <= longest

    def test_only_the_throttled_part_is_sent_again(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        calm = _bodies(read(cloud, requests))
        before = len(cloud.parts)
        cloud.faults.add(_POLICY, faults.status(429, retry_after=3), times=2)
        told: list[str] = []
        assert _bodies(read(cloud, requests, sleep=naps, told=told)) == calm
        sent = cloud.parts[before:]
        assert len(sent) == before + 2
        assert [one.path for one in sent[before:]] == [_POLICY, _POLICY]
        assert naps.seconds == [3, 3]
        assert "waiting 3 s: Graph puts off 1 of the reads" in told

    def test_each_part_waits_its_own_time(self, cloud: FakeCloud, naps: Naps) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=5))
        cloud.faults.add("/organization", faults.status(429, retry_after=2))
        found = _items(cloud, _AUTHORIZATION, _ORGANIZATION, _WORKFLOW, naps=naps)
        assert [one.status for one in found] == [200, 200, 200]
        assert naps.seconds == [2, 3]
        assert [one.path for one in cloud.parts[3:]] == ["/organization", _POLICY]

    def test_nothing_else_is_sent_while_a_part_waits(self, cloud: FakeCloud) -> None:
        connection = connection_of(cloud)

        async def run() -> bool:
            others = list[asyncio.Task[Answer]]()
            sent = list[bool]()

            async def nap(_seconds: float) -> None:
                others.append(asyncio.create_task(client.get(f"{client.base_url}/organization")))
                done, _ = await asyncio.wait(others, timeout=0.3)
                sent.append(bool(done))

            client = GraphClient(
                connection,
                make_credential(sign_in_of(cloud), connection),
                progress=lambda _: None,
                clock=lambda: _NOW,
                sleep=nap,
            )
            try:
                await GraphTransport(client).read([_AUTHORIZATION])
                await asyncio.wait(others)
            finally:
                await client.close()
            assert [one.result().status for one in others] == [200]
            return sent[0]

        cloud.faults.add(_POLICY, faults.status(429, retry_after=5))
        assert not asyncio.run(run())

    def test_more_time_than_the_sdk_would_wait(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=240))
        found = read(cloud, requests, sleep=naps, max_wait=300)
        assert _one(found, "authorization-policy").status == 200
        assert naps.seconds == [240]

    def test_more_time_than_allowed(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=600), times=None)
        cloud.faults.add("/groupSettings", faults.status(429, retry_after=600), times=None)
        found = read(cloud, requests, sleep=naps, max_wait=60)
        refused = _one(found, "authorization-policy")
        assert refused.status == 429
        assert refused.failure == "HTTP 429: Graph asks to wait 600 s, more than --max-wait leaves"
        assert naps.seconds == []
        assert cloud.counts["batches"] == 1

    def test_more_time_than_allowed_for_everything(self, cloud: FakeCloud) -> None:
        cloud.faults.add("/$batch", faults.status(429, retry_after=600), times=None)
        arguments = ["audit", *options_of("ready", SOFIE), "--max-wait", "5"]
        ended = run_here(cloud.environment(), *arguments, cwd=cloud.folder)
        assert ended.code == 3
        assert "Graph asks to wait 600 s, more than --max-wait leaves" in ended.lines[-1]
        assert cloud.counts["batches"] == 1

    def test_more_time_than_allowed_on_the_command_line(self, cloud: FakeCloud) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=600), times=None)
        arguments = ["audit", *options_of("ready", SOFIE), "--max-wait", "5", "--format", "json"]
        ended = run_here(cloud.environment(), *arguments, cwd=cloud.folder)
        assert ended.code == 4
        assert b"Graph asks to wait 600 s, more than --max-wait leaves" in ended.out

    def test_the_waits_add_up(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        cloud.faults.add(_POLICY, faults.status(429, retry_after=25), times=None)
        read(cloud, requests, sleep=naps, max_wait=60)
        assert naps.seconds == [25, 25]

    def test_the_tries_are_bounded(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        cloud.faults.add(_POLICY, faults.status(503, retry_after=0), times=None)
        found = read(cloud, requests, sleep=naps)
        assert _one(found, "authorization-policy").status == 503
        assert sum(one.path == _POLICY for one in cloud.parts) == 6

    def test_a_page(self, start_cloud: StartCloud, naps: Naps) -> None:
        cloud = start_cloud(served("ready"), page_size=3)
        cloud.faults.add(_LISTING, faults.status(429, retry_after=4), query="skiptoken")
        found = _items(cloud, _CLASSIFICATIONS, naps=naps)
        assert {one.status for one in found} == {200}
        assert naps.seconds == [4]


class TestWire:
    @pytest.mark.parametrize("fault", [faults.reset(), faults.reset_mid_body()], ids=["no", "half"])
    @pytest.mark.parametrize("pattern", ["/$batch", _POLICY])
    def test_reset_once(
        self, cloud: FakeCloud, requests: list[ConsentRequest], fault: faults.Fault, pattern: str
    ) -> None:
        calm = _bodies(read(cloud, requests))
        cloud.faults.add(pattern, fault)
        assert _bodies(read(cloud, requests)) == calm

    def test_reset_always(
        self, cloud: FakeCloud, requests: list[ConsentRequest], naps: Naps
    ) -> None:
        cloud.faults.add("/$batch", faults.reset(), times=None)
        with pytest.raises(SignInError, match=r"not one setting .* no answer from Graph"):
            read(cloud, requests, sleep=naps)
        assert cloud.counts["requests"] == 6

    @pytest.mark.parametrize(
        "fault", [faults.truncate(), faults.html(), faults.empty()], ids=["half", "html", "empty"]
    )
    def test_a_batch_that_is_no_batch(
        self, cloud: FakeCloud, requests: list[ConsentRequest], fault: faults.Fault
    ) -> None:
        cloud.faults.add("/$batch", fault, times=None)
        with pytest.raises(SignInError, match="the batch's answer is not what Graph documents"):
            read(cloud, requests)

    def test_a_page_that_is_html_in_a_batch(
        self, cloud: FakeCloud, requests: list[ConsentRequest]
    ) -> None:
        cloud.faults.add(_POLICY, faults.html(), times=None)
        found = _one(read(cloud, requests), "authorization-policy")
        assert found.status == 200
        assert found.body.startswith(b"<!DOCTYPE html>")

    @pytest.mark.parametrize("body", ['"not base64!"', '"ÄÖ"', "{}"])
    def test_a_part_that_is_no_json(self, cloud: FakeCloud, body: str) -> None:
        content = {"id": "1", "status": 200, "headers": {"Content-Type": "text/html"}}
        whole = f'{{"responses":[{str(content)[:-1]},"body":{body}}}]}}'.replace("'", '"').encode()
        cloud.faults.add("/$batch", faults.rewrite(lambda _: whole), times=None)
        (found,) = _items(cloud, _AUTHORIZATION)
        assert found.body == body.encode()
        assert found.failure == ""

    def test_a_part_without_a_body(self, cloud: FakeCloud, requests: list[ConsentRequest]) -> None:
        cloud.faults.add(_POLICY, faults.empty(), times=None)
        assert _one(read(cloud, requests), "authorization-policy").body == b""

    def test_a_part_that_is_left_out(self, cloud: FakeCloud) -> None:
        empty = b'{"responses":[]}'
        cloud.faults.add("/$batch", faults.rewrite(lambda _: empty), times=None)
        (found,) = _items(cloud, _AUTHORIZATION)
        assert found.failure == "the batch's answer leaves this read out"

    def test_a_part_that_nobody_asked_for(self, cloud: FakeCloud) -> None:
        more = b'{"responses":[{"id":"77","status":200,"body":{}},'
        change = faults.rewrite(lambda body: body.replace(b'{"responses":[', more))
        cloud.faults.add("/$batch", change)
        (found,) = _items(cloud, _AUTHORIZATION)
        assert found.status == 200

    def test_drip(self, cloud: FakeCloud, naps: Naps) -> None:
        cloud.faults.add("/$batch", faults.drip(), times=None)
        (found,) = _items(cloud, _AUTHORIZATION, naps=naps, request_seconds=0.1)
        assert found.failure == "Graph did not finish its answer in time"
        assert cloud.counts["requests"] == 6

    def test_garbage_instead_of_gzip(self, cloud: FakeCloud) -> None:
        # The server adds a layer of its own; what is announced here is a second one.
        garbage = Reply(200, b"plain", {"content-encoding": "gzip"})
        cloud.faults.add("/$batch", lambda _request, _answer: garbage, times=None)
        (found,) = _items(cloud, _AUTHORIZATION)
        assert found.failure.startswith("no answer from Graph: ")

    def test_nobody_listens(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"CONSENT_AUDITOR_GRAPH_URL": "https://127.0.0.1:9"}
        ended = run_here(
            environment, "audit", *options_of("ready", SOFIE), "--max-wait=0", cwd=cloud.folder
        )
        assert ended.code == 3
        assert "no answer from Graph" in ended.lines[-1]


class TestPages:
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_every_page_is_read(self, start_cloud: StartCloud, size: int) -> None:
        whole = start_cloud(served("ready"))
        cloud = start_cloud(served("ready"), page_size=size)
        (expected,) = _items(whole, _CLASSIFICATIONS)
        found = _items(cloud, _CLASSIFICATIONS)
        assert [one.page for one in found] == list(range(len(found)))
        assert _ids(found) == _ids([expected])
        assert len(found) == -(-len(_ids([expected])) // size)

    def test_other_listings_side_by_side(
        self, start_cloud: StartCloud, requests: list[ConsentRequest]
    ) -> None:
        cloud = start_cloud(served("ready"), page_size=1)
        found = read(cloud, requests)
        assert {one.failure for one in found.readings} == {""}
        assert max(one.page for one in found.readings) > 1

    def test_expired_page_token(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"), page_size=3)
        expected = _items(cloud, _CLASSIFICATIONS)
        cloud.faults.add(_LISTING, faults.expired_page_token(), query="skiptoken", skip=1)
        assert _items(cloud, _CLASSIFICATIONS) == expected

    def test_page_token_that_expires_again(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"), page_size=3)
        cloud.faults.add(_LISTING, faults.expired_page_token(), query="skiptoken", times=None)
        found = _items(cloud, _CLASSIFICATIONS)
        assert [one.status for one in found] == [200, 400]

    @pytest.mark.parametrize("code", [403, 404, 500])
    def test_a_page_that_fails(self, start_cloud: StartCloud, code: int) -> None:
        cloud = start_cloud(served("ready"), page_size=3)
        cloud.faults.add(_LISTING, faults.status(code), query="skiptoken", times=None, skip=1)
        found = _items(cloud, _CLASSIFICATIONS)
        assert [one.status for one in found] == [200, 200, code]

    def test_a_page_that_is_no_json(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"), page_size=3)
        cloud.faults.add(_LISTING, faults.truncate(), query="skiptoken")
        assert len(_items(cloud, _CLASSIFICATIONS)) == 2

    def test_foreign_links(self, cloud: FakeCloud) -> None:
        path = f"/v1.0{_LISTING}?$skiptoken=x"
        port = cloud.graph_url.rpartition(":")[2]
        for link in (
            f"{cloud.elsewhere_url}{path}",
            f"https://127.0.0.1:{cloud.elsewhere_url.rpartition(':')[2]}{path}",
            f"https://localhost:{port}{path}",
            f"http://127.0.0.1:{port}{path}",
            f"https://someone@127.0.0.1:{port}{path}",
            f"https://127.0.0.1:{port}\\@{cloud.elsewhere_url[8:]}{path}",
            f"{cloud.graph_url}/beta{_LISTING}",
            f"{cloud.graph_url}/v1.0/../beta{_LISTING}",
            f"{_LISTING}?$skiptoken=x",
            "https://[",
        ):
            cloud.faults.clear()
            cloud.faults.add(_LISTING, faults.next_link(link))
            before = cloud.counts["requests"]
            found = _items(cloud, _CLASSIFICATIONS)
            assert found[-1].failure == "the listing goes on at another host, which is not followed"
            assert cloud.counts["requests"] == before + 1
        assert cloud.elsewhere == []

    def test_link_that_is_no_address(self, cloud: FakeCloud) -> None:
        link = f"{cloud.graph_url}/v1.0{_LISTING}?$skiptoken=\x00"
        cloud.faults.add(_LISTING, faults.next_link(link))
        found = _items(cloud, _CLASSIFICATIONS)
        assert "cannot be followed" in found[-1].failure

    def test_circle(self, cloud: FakeCloud) -> None:
        cloud.faults.add(_LISTING, faults.next_link_loop(), times=None)
        found = _items(cloud, _CLASSIFICATIONS)
        assert found[-1].failure == "the listing goes on in a circle"
        assert len(found) < 5


class TestRedirect:
    @pytest.mark.parametrize("code", [301, 302, 307, 308])
    def test_not_followed(self, cloud: FakeCloud, code: int) -> None:
        cloud.faults.add("/$batch", faults.redirect(f"{cloud.elsewhere_url}/v1.0/$batch", code))
        (found,) = _items(cloud, _AUTHORIZATION)
        assert found.failure == "Graph redirects to localhost, which is not followed"
        assert cloud.elsewhere == []
        assert cloud.counts["requests"] == 1

    def test_to_nowhere(self, cloud: FakeCloud) -> None:
        cloud.faults.add("/$batch", faults.redirect("https://["))
        (found,) = _items(cloud, _AUTHORIZATION)
        assert found.failure.startswith("Graph's answer cannot be followed")

    def test_of_a_page(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"), page_size=3)
        fault = faults.redirect(f"{cloud.elsewhere_url}/v1.0/")
        cloud.faults.add(_LISTING, fault, query="skiptoken")
        found = _items(cloud, _CLASSIFICATIONS)
        assert "localhost" in found[-1].failure
        assert cloud.elsewhere == []


class TestToken:
    def test_revoked_between_two_steps(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("custom-policy"))
        requests = requests_of("custom-policy", SOFIE)

        def revoke(_request: Request, answer: faults.Answer) -> Reply:
            reply = answer()
            cloud.tokens.revoke_all()
            return reply

        cloud.faults.add("/$batch", revoke)
        found = read(cloud, requests)
        assert {one.status for one in found.readings} <= {200, 404}
        assert cloud.counts["tokens"] == 2
        assert cloud.counts["requests"] == 3

    def test_renewed_once(self, cloud: FakeCloud, requests: list[ConsentRequest]) -> None:
        cloud.faults.add("/$batch", faults.unauthorized())
        found = read(cloud, requests)
        assert {one.status for one in found.readings} <= {200, 404}
        assert cloud.counts["tokens"] == 2

    def test_claims_challenge(self, cloud: FakeCloud, requests: list[ConsentRequest]) -> None:
        claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
        cloud.faults.add("/$batch", faults.unauthorized(claims=claims))
        found = read(cloud, requests)
        assert {one.status for one in found.readings} <= {200, 404}
        asked = [one.claims for one in cloud.token_requests]
        assert len(asked) == 2
        assert "1604106651" in asked[1]

    @pytest.mark.parametrize("claims", ["", '{"access_token":{}}'])
    def test_refused_twice(
        self, cloud: FakeCloud, requests: list[ConsentRequest], claims: str
    ) -> None:
        cloud.faults.add("/$batch", faults.unauthorized(claims=claims), times=None)
        with pytest.raises(SignInError, match="HTTP 401"):
            read(cloud, requests)
        assert cloud.counts["tokens"] == 2
        assert cloud.counts["requests"] == 2

    def test_claims_that_are_nonsense(
        self, cloud: FakeCloud, requests: list[ConsentRequest]
    ) -> None:
        header = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="%%%"'}
        cloud.faults.add("/$batch", faults.status(401, headers=header), times=None)
        with pytest.raises(SignInError, match="not one setting"):
            read(cloud, requests)

    def test_a_part(self, cloud: FakeCloud, requests: list[ConsentRequest]) -> None:
        cloud.faults.add(_POLICY, faults.unauthorized())
        found = read(cloud, requests)
        assert _one(found, "authorization-policy").status == 200
        assert cloud.counts["tokens"] == 2
        assert cloud.parts[-1].path == _POLICY

    def test_a_part_twice(self, cloud: FakeCloud, requests: list[ConsentRequest]) -> None:
        cloud.faults.add(_POLICY, faults.unauthorized(), times=None)
        found = read(cloud, requests)
        assert _one(found, "authorization-policy").status == 401
        assert cloud.counts["tokens"] == 2
        assert cloud.counts["batches"] == 2

    def test_two_batches_renew_it_once(self, cloud: FakeCloud) -> None:
        stale: list[str] = []

        def refuse_the_first(request: Request, answer: faults.Answer) -> Reply:
            token = request.headers["authorization"]
            stale.append(token)
            return faults.unauthorized()(request, answer) if token == stale[0] else answer()

        cloud.faults.add("/$batch", refuse_the_first, times=None)
        found = _items(cloud, *[_AUTHORIZATION] * 21)
        assert {one.status for one in found} == {200}
        assert cloud.counts["tokens"] == 2

    def test_entra_gives_no_second_one(
        self, cloud: FakeCloud, requests: list[ConsentRequest]
    ) -> None:
        cloud.faults.add("/$batch", faults.unauthorized())
        refusal = json_reply(
            400, {"error": "unauthorized_client", "error_description": "AADSTS700016: gone"}
        )
        cloud.entra_faults.add("/*/token", lambda _request, _answer: refusal, skip=1)
        with pytest.raises(SignInError, match="AADSTS700016"):
            read(cloud, requests)


class TestNothingElseLeaves:
    @pytest.mark.parametrize("path", ["/v1.0/me", "/v1.0/$batch"])
    def test_elsewhere(self, cloud: FakeCloud, path: str) -> None:
        with pytest.raises(UnsafeRequestError):
            _get(cloud, f"{cloud.elsewhere_url}{path}")
        assert cloud.elsewhere == []

    def test_another_version(self, cloud: FakeCloud) -> None:
        with pytest.raises(UnsafeRequestError):
            _get(cloud, f"{cloud.graph_url}/beta/organization")
        assert cloud.requests == []

    @pytest.mark.parametrize(
        "body",
        [
            b'{"requests":[{"id":"1","method":"PATCH","url":"/organization","body":{}}]}',
            b'{"requests":[{"id":"1","method":"GET","url":"https://localhost/v1.0/me"}]}',
            b"nonsense",
        ],
    )
    def test_batches(self, cloud: FakeCloud, body: bytes) -> None:
        connection = connection_of(cloud)

        async def run() -> Answer:
            client = GraphClient(
                connection,
                make_credential(sign_in_of(cloud), connection),
                progress=lambda _: None,
                clock=lambda: _NOW,
            )
            try:
                return await client.batch(body)
            finally:
                await client.close()

        with pytest.raises(UnsafeRequestError):
            asyncio.run(run())
        assert cloud.requests == []


def _ids(readings: Sequence[Reading]) -> list[str]:
    return [entry["permissionId"] for one in readings for entry in json.loads(one.body)["value"]]
