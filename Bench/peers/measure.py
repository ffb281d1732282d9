"""Measures one peer and prints one JSON object; called by `run` with the virtual environment's interpreter.

usage: measure.py PEER JOBS LIMIT, with the place in PEER_* variables
"""
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import cost
import psycopg
import redis
from peer import HERE, Place

SINGLES = 100  # jobs that are submitted one by one for the pickup latency


def start(peer):
    environment = dict(os.environ, PYTHONPATH=HERE, PYTHONUNBUFFERED="1")
    return [
        subprocess.Popen(
            peer.worker(), env=environment, cwd=HERE, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(peer.processes)
    ]  # fmt: skip


def end(workers):
    for worker in workers:
        try:
            os.killpg(worker.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        worker.wait()


def watch(peer, jobs, limit):
    """Looks how many jobs remain until none does; a look takes a tenth of the time at most."""
    deadline = time.monotonic() + limit
    looks = []
    while time.monotonic() < deadline:
        before = time.monotonic()
        looks.append((before, peer.remaining()))
        if looks[-1][1] == 0:
            break
        time.sleep(max(0.03, 9 * (time.monotonic() - before)))
    return looks


def rates(looks, jobs):
    """Jobs per second between 90 % and 10 % remaining, and from the first sign of work to the last look."""
    begun = [(at, left) for at, left in looks if left < jobs]
    if not begun:
        raise RuntimeError("its workers ended no job; run its worker by hand to see why")
    idle = [(at, left) for at, left in looks if left == jobs][-1:] or begun[:1]

    def rate(first, last):
        return (first[1] - last[1]) / (last[0] - first[0]) if last[0] > first[0] else None

    head = next(((at, left) for at, left in looks if left <= 0.9 * jobs), None)
    tail = next(((at, left) for at, left in looks if left <= 0.1 * jobs), looks[-1])
    whole = rate(idle[0], looks[-1])
    return (rate(head, tail) if head else None) or whole, whole


def latencies(peer, delays):
    """Delays in ms of jobs submitted one by one to workers that have nothing else to do."""
    for _ in range(SINGLES):
        peer.enqueue([time.time_ns()])
        time.sleep(0.02)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = open(delays).read().split() if os.path.exists(delays) else []
        if len(lines) >= SINGLES:
            return sorted(int(line) / 1e6 for line in lines)
        time.sleep(0.1)
    return []


def servers(place):
    """Process ids of PostgreSQL's postmaster and of Redis."""
    with psycopg.connect(f"host={place.postgres} user={place.user} dbname=postgres") as connection:
        backend = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        postmaster = cost.parent(backend)
    with redis.Redis.from_url(place.redis_url) as store:
        return {postmaster, store.info("server")["process_id"]}


def empty(place):
    """Makes the peer's part of the servers as new; with `place.database` gone."""
    with psycopg.connect(f"host={place.postgres} user={place.user} dbname=postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{place.database}" WITH (FORCE)')
    with redis.Redis.from_url(place.redis_url) as store:
        store.flushdb()


def measure(name, jobs, limit, delays):
    place = Place.from_environment()
    empty(place)
    with psycopg.connect(f"host={place.postgres} user={place.user} dbname=postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{place.database}"')
    try:
        peer = importlib.import_module(f"queue_{name}").Queue(place)
        jobs = max(1, int(jobs * peer.share))
        peer.install()
        before = time.monotonic()
        peer.enqueue([0] * jobs)
        submitted = time.monotonic() - before
        processes = servers(place)
        workers = start(peer)
        try:
            sessions = {worker.pid for worker in workers}
            used = cost.seconds(processes, sessions)
            looks = watch(peer, jobs, limit)
            used = cost.seconds(processes, sessions) - used
            drain, whole = rates(looks, jobs)
            result = {
                "jobs": jobs, "left": looks[-1][1], "enqueue_per_s": round(jobs / submitted, 1),
                "drain_per_s": round(drain, 1), "drain_whole_per_s": round(whole, 1),
            }  # fmt: skip
            result["cpu_us_per_job"] = round(used / max(jobs - looks[-1][1], 1) * 1e6, 1)
            delays = latencies(peer, delays) if looks[-1][1] == 0 else []
            if delays:
                result["pickup_p50_ms"] = round(delays[len(delays) // 2], 3)
                result["pickup_p99_ms"] = round(delays[int(len(delays) * 0.99)], 3)
        finally:
            end(workers)
        peer.close()
        return result
    finally:
        empty(place)


if __name__ == "__main__":
    name, jobs, limit = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PEER_DELAYS"] = os.path.join(folder, "delays")
        result = measure(name, jobs, limit, os.environ["PEER_DELAYS"])
    print(json.dumps({"load": round(load, 2), **result}))
