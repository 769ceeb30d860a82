"""huey on SQLite, every write synced."""

from clock import JOBS, WHERE, now, tell
from huey import SqliteHuey

huey = SqliteHuey(filename=f"{WHERE}/huey.db", fsync=True, results=False)


@huey.task()
def post(number: int) -> None:
    """Nothing to do."""


started = now()
for number in range(JOBS):
    post(number)
while (task := huey.dequeue()) is not None:
    huey.execute(task)
tell(now() - started)
