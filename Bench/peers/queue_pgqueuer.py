"""pgqueuer: PostgreSQL, asyncpg, batches of 100."""
import asyncio
import os
import subprocess

import asyncpg
from peer import Place, PostgresPeer, chunks, module, note, program
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries


def connect(place):
    return asyncpg.connect(host=place.postgres, user=place.user, database=place.database)


class Queue(PostgresPeer):
    count = "SELECT count(*) FROM pgqueuer"
    _queries = None

    def install(self):
        place = self.place
        environment = dict(os.environ, PGHOST=place.postgres, PGUSER=place.user, PGDATABASE=place.database)
        subprocess.run([program("pgq"), "install"], env=environment, check=True, capture_output=True)

    def enqueue(self, stamps):
        self.run(self._enqueue(stamps))

    async def _enqueue(self, stamps):
        if self._queries is None:
            self._queries = Queries(AsyncpgDriver(await connect(self.place)))
        for part in chunks(stamps, 1000):
            payloads = [b"%d" % stamp for stamp in part]
            await self._queries.enqueue(["noop"] * len(part), payloads, [0] * len(part))

    def worker(self):
        return module("queue_pgqueuer.py")


async def work():
    queue = PgQueuer(AsyncpgDriver(await connect(Place.from_environment())))

    @queue.entrypoint("noop")
    async def noop(job):
        note(int(job.payload))

    await queue.run(batch_size=100)


if __name__ == "__main__":
    asyncio.run(work())
