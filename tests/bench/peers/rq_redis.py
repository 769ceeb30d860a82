"""rq on Redis, which syncs every write."""

import logging

import jobs
from clock import JOBS, WHERE, now, tell
from redis import Redis
from rq import Queue, SimpleWorker

logging.disable()
connection = Redis(unix_socket_path=WHERE)
queue = Queue(connection=connection)
started = now()
for number in range(JOBS):
    queue.enqueue(jobs.nothing, number, result_ttl=0)
SimpleWorker([queue], connection=connection).work(burst=True, logging_level="CRITICAL")
tell(now() - started)
