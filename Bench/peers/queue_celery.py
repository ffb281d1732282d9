"""celery: Redis, prefork with one child each, late acknowledgement, 64 jobs fetched ahead."""
from celery import Celery
from peer import Place, RedisPeer, note, program

place = Place.from_environment()
app = Celery("queue_celery", broker=f"redis+socket://{place.redis}?virtual_host={place.index}", backend=None)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=64,
    broker_connection_retry_on_startup=True,
    task_default_queue="jobs",
)


@app.task
def noop(stamp):
    note(stamp)


class Queue(RedisPeer):
    share = 0.25

    def enqueue(self, stamps):
        with app.producer_pool.acquire(block=True) as producer:
            for stamp in stamps:
                noop.apply_async((stamp,), producer=producer)

    def remaining(self):
        return self.redis.llen("jobs") + self.redis.hlen("unacked")

    def worker(self):
        options = "--concurrency 1 --pool prefork --queues jobs --without-gossip --without-mingle --without-heartbeat"
        return [program("celery"), "-A", "queue_celery", "worker", *options.split(), "--loglevel", "ERROR"]
