"""beanstalkd with a sync after every write; as many connections as help it."""

from concurrent.futures import ThreadPoolExecutor

import greenstalk
from clock import JOBS, WHERE, now, tell

CONNECTIONS = 16
host, port = WHERE.split(":")


def work(number: int) -> None:
    """One connection's share of the jobs."""
    with greenstalk.Client((host, int(port))) as client:
        share = range(number, JOBS, CONNECTIONS)
        for each in share:
            client.put(f"post {each}")
        for _ in share:
            client.delete(client.reserve())


started = now()
with ThreadPoolExecutor(CONNECTIONS) as pool:
    list(pool.map(work, range(CONNECTIONS)))
tell(now() - started)
