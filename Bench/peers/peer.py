"""What the driver wants of a peer, and where a peer runs."""
import asyncio
import os
import sys
from dataclasses import dataclass
from time import time_ns  # the clock that all processes of a machine share
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Place:
    """Servers and the part of them that one peer has for itself."""

    postgres: str  # folder of the Unix socket
    user: str
    database: str
    redis: str  # path of the Unix socket
    index: int  # Redis database

    @staticmethod
    def from_environment():
        """Reads what measure.py has set; workers inherit it."""
        e = os.environ
        return Place(e["PEER_POSTGRES"], e["PEER_USER"], e["PEER_DATABASE"], e["PEER_REDIS"], int(e["PEER_INDEX"]))

    @property
    def conninfo(self):
        return f"host={self.postgres} user={self.user} dbname={self.database}"

    @property
    def url(self):
        return f"postgres://{self.user}@{quote(self.postgres, safe='')}/{self.database}"

    @property
    def redis_url(self):
        return f"unix://{self.redis}?db={self.index}"


def note(stamp):
    """The work of every job: nothing, or, where the job bears its time of submission, a line with its delay in ns."""
    if stamp:
        delay = time_ns() - stamp
        os.write(_delays(), b"%d\n" % delay)


def _delays():
    global _file
    if _file is None:
        _file = os.open(os.environ["PEER_DELAYS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return _file


_file = None


class Peer:
    """One queue; a module queue_NAME.py has one as `Queue`."""

    processes = 2  # worker processes that are started; one where the queue starts its own two
    share = 1.0  # of the jobs asked for: slow queues get fewer, for a rate needs no more

    def __init__(self, place):
        self.place = place
        self._runner = asyncio.Runner()

    def run(self, work):
        """Runs a coroutine; all of a peer share one event loop, for their connections are bound to it."""
        return self._runner.run(work)

    def install(self):
        """Makes what the queue needs in its empty database."""

    def enqueue(self, stamps):
        """Submits one job for each stamp, in the fastest way that the queue offers."""
        raise NotImplementedError

    def remaining(self):
        """How many jobs have not ended."""
        raise NotImplementedError

    def worker(self):
        """The command of a worker process."""
        raise NotImplementedError

    def close(self):
        self._runner.close()


class PostgresPeer(Peer):
    """A queue in PostgreSQL, watched over a connection of its own."""

    count = ""  # statement that counts the jobs that have not ended

    def __init__(self, place):
        super().__init__(place)
        self._watch = None

    def remaining(self):
        if self._watch is None:
            import psycopg

            self._watch = psycopg.connect(self.place.conninfo, autocommit=True)
        return self._watch.execute(self.count).fetchone()[0]

    def close(self):
        if self._watch is not None:
            self._watch.close()
        super().close()


class RedisPeer(Peer):
    """A queue in Redis, watched over a connection of its own."""

    def __init__(self, place):
        super().__init__(place)
        import redis

        self.redis = redis.Redis.from_url(place.redis_url)

    def close(self):
        self.redis.close()
        super().close()


def program(name):
    """A program of the virtual environment."""
    return os.path.join(os.path.dirname(sys.executable), name)


def module(file):
    """The command that runs a peer's own file as a worker."""
    return [sys.executable, os.path.join(HERE, file)]


def chunks(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]
