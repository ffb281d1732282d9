"""saq: Redis, asyncio, 100 jobs at a time in each process."""
import asyncio

from peer import Place, RedisPeer, chunks, note, program
from redis.asyncio import Redis
from saq.queue.redis import RedisQueue

queue = RedisQueue(Redis.from_url(Place.from_environment().redis_url))


async def noop(context, *, stamp):
    note(stamp)


settings = {"queue": queue, "functions": [noop], "concurrency": 100}


class Queue(RedisPeer):
    def install(self):
        self.run(queue.connect())

    def enqueue(self, stamps):
        self.run(self._enqueue(stamps))

    async def _enqueue(self, stamps):
        for part in chunks(stamps, 500):
            await asyncio.gather(*[queue.enqueue("noop", stamp=stamp, ttl=-1) for stamp in part])

    def remaining(self):
        return self.redis.llen("saq:default:queued") + self.redis.llen("saq:default:active")

    def worker(self):
        return [program("saq"), "queue_saq.settings", "-q"]
