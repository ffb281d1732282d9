"""rq: Redis, the worker that does not fork for every job."""
from peer import RedisPeer, note, program
from rq import Queue as RQ


def noop(stamp):
    note(stamp)


class Queue(RedisPeer):
    share = 0.25

    def enqueue(self, stamps):
        queue = RQ("jobs", connection=self.redis)
        for start in range(0, len(stamps), 1000):
            part = stamps[start : start + 1000]
            queue.enqueue_many([RQ.prepare_data(noop, args=(stamp,), result_ttl=0) for stamp in part])

    def remaining(self):
        return self.redis.llen("rq:queue:jobs")

    def worker(self):
        return [program("rq"), "worker", "-q", "-u", self.place.redis_url, "-w", "rq.worker.SimpleWorker", "jobs"]
