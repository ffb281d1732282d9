"""dramatiq: Redis, two processes of four threads, no middleware."""
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from peer import Place, RedisPeer, note, program

place = Place.from_environment()
broker = RedisBroker(url=place.redis_url, middleware=[])
dramatiq.set_broker(broker)


@dramatiq.actor
def noop(stamp):
    note(stamp)


class Queue(RedisPeer):
    processes = 1

    def enqueue(self, stamps):
        for stamp in stamps:
            noop.send(stamp)

    def remaining(self):
        return self.redis.hlen("dramatiq:default.msgs")

    def worker(self):
        return [program("dramatiq"), "queue_dramatiq", "--processes", "2", "--threads", "4"]
