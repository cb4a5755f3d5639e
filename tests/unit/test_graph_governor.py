"""One throttled request holds back all others, and they leave one after the other."""

import asyncio

import pytest

from auditor.graph.governor import Governor


class Sleeper:
    """Waits no time, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def test_nothing_is_sent_while_one_waits_and_then_one_by_one() -> None:
    sleeper = Sleeper()

    async def run() -> list[str]:
        governor, sent = Governor(sleeper), list[str]()

        async def send(name: str) -> None:
            await governor.turn()
            sent.append(name)

        with governor.holding():
            tasks = [asyncio.create_task(send(name)) for name in "abc"]
            for _ in range(5):
                await asyncio.sleep(0)
            assert sent == []
            with governor.holding():
                pass
            await asyncio.sleep(0)
            assert sent == []
        await asyncio.gather(*tasks)
        await send("d")
        return sent

    assert sorted(asyncio.run(run())) == ["a", "b", "c", "d"]
    assert sleeper.seconds == [pytest.approx(0.05), pytest.approx(0.1)]


def test_one_that_is_refused_again_holds_back_those_that_were_about_to_leave() -> None:
    async def run() -> list[str]:
        sent = list[str]()
        pausing, go_on = asyncio.Event(), asyncio.Event()

        async def sleep(_seconds: float) -> None:
            pausing.set()
            await go_on.wait()

        governor = Governor(sleep)

        async def send(name: str) -> None:
            await governor.turn()
            sent.append(name)

        with governor.holding():
            tasks = [asyncio.create_task(send(name)) for name in "ab"]
            await asyncio.sleep(0)
        await pausing.wait()
        with governor.holding():
            go_on.set()
            for _ in range(5):
                await asyncio.sleep(0)
            assert sent == ["a"]
        await asyncio.gather(*tasks)
        return sent

    assert asyncio.run(run()) == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "pauses"),
    [
        ("0.8", []),
        ("0.9", [1.0]),
        ("1.0", [2.0]),
        ("1.8", [2.0]),
        ("0.5", []),
        ("", []),
        ("much", []),
        ("nan", []),
    ],
)
def test_the_next_request_is_put_off_before_graph_refuses(value: str, pauses: list[float]) -> None:
    sleeper = Sleeper()

    async def run() -> None:
        governor = Governor(sleeper)
        governor.told({"x-ms-throttle-limit-percentage": value} if value else {})
        await governor.turn()
        await governor.turn()

    asyncio.run(run())
    assert sleeper.seconds == [pytest.approx(one) for one in pauses]
