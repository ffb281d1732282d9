"""procrastinate: PostgreSQL, asyncio, 20 jobs at a time in each process, ended jobs deleted."""
import procrastinate
from peer import Place, PostgresPeer, chunks, note, program

place = Place.from_environment()
app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=place.conninfo, min_size=4, max_size=30)
)


@app.task(queue="jobs")
async def noop(stamp):
    note(stamp)


class Queue(PostgresPeer):
    share = 0.25
    count = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"

    def install(self):
        self.run(self._install())

    async def _install(self):
        await app.open_async()
        await app.schema_manager.apply_schema_async()

    def enqueue(self, stamps):
        self.run(self._enqueue(stamps))

    async def _enqueue(self, stamps):
        for part in chunks(stamps, 1000):
            await noop.batch_defer_async(*[{"stamp": stamp} for stamp in part])

    def worker(self):
        options = "worker --queues jobs --concurrency 20 --delete-jobs always"
        return [program("procrastinate"), "--app", "queue_procrastinate.app", *options.split()]

    def close(self):
        self.run(app.close_async())
        super().close()
