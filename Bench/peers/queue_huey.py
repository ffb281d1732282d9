"""huey: Redis, two processes of four threads; a job is taken off before it runs, so a crash loses it."""
from huey import RedisHuey
from peer import Place, RedisPeer, note, program

huey = RedisHuey("jobs", url=Place.from_environment().redis_url, results=False)


@huey.task()
def noop(stamp):
    note(stamp)


class Queue(RedisPeer):
    def enqueue(self, stamps):
        for stamp in stamps:
            noop(stamp)

    def remaining(self):
        return self.redis.llen("huey.redis.jobs")

    def worker(self):
        return [program("huey_consumer"), "queue_huey.huey", "-w", "4", "-k", "thread", "-d", "0.01"]
