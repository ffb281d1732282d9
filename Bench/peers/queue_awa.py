"""awa-pg: PostgreSQL, a core in Rust, 64 jobs at a time in each process."""
import asyncio
from dataclasses import dataclass

import awa
from peer import Place, PostgresPeer, chunks, module, note


@dataclass
class Noop:
    stamp: int


class Queue(PostgresPeer):
    count = "SELECT count(*) FROM awa.jobs WHERE state IN ('available', 'running', 'scheduled', 'retryable')"
    _client = None

    def install(self):
        self.run(self._migrate())

    async def _migrate(self):
        self._client = awa.AsyncClient(self.place.url)
        await self._client.migrate()

    def enqueue(self, stamps):
        self.run(self._enqueue(stamps))

    async def _enqueue(self, stamps):
        for part in chunks(stamps, 1000):
            await self._client.insert_many_copy([Noop(stamp) for stamp in part], queue="q")

    def worker(self):
        return module("queue_awa.py")


async def work():
    client = awa.AsyncClient(Place.from_environment().url)

    @client.task(Noop, queue="q")
    async def noop(job):
        note(job.args.stamp)

    await client.start([("q", 64)])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work())
