"""Celery with Redis: a task that does nothing, and one that notes when it starts."""

import os
import time

from celery import Celery
from redis import Redis

URL = os.environ["BENCH_REDIS"]
app = Celery("tasks", broker=URL)
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)
waits = Redis.from_url(URL)


@app.task
def nothing():
    pass


@app.task
def timed(at):
    waits.rpush("waits", time.time() - at)
