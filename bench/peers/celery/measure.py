"""So many tasks that do nothing, enqueued beforehand, then taken by two processes.
Prints JSON: when it begins, how many a second, how soon."""

import json
import subprocess
import sys
import time

from tasks import nothing, timed, waits

jobs = int(sys.argv[1])
with nothing.app.connection_for_write() as connection, connection.Producer() as producer:
    for _ in range(jobs):
        nothing.apply_async(producer=producer)
worker = subprocess.Popen(
    [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--concurrency=2", "--loglevel=error",
     "--without-gossip", "--without-mingle", "--without-heartbeat"],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
while waits.llen("celery") == jobs:
    time.sleep(0.001)
print(json.dumps({"enqueued": jobs}), flush=True)
started = time.time()
while waits.llen("celery") or waits.hlen("unacked"):
    time.sleep(0.02)
print(json.dumps({"per_second": jobs / (time.time() - started)}), flush=True)
started = time.time()
for n in range(1000):
    time.sleep(max(0, started + n * 0.005 - time.time()))
    timed.delay(time.time())
while waits.llen("waits") < 1000:
    time.sleep(0.005)
took = sorted(float(wait) * 1000 for wait in waits.lrange("waits", 0, -1))
worker.terminate()
worker.wait()
print(json.dumps({"p50_ms": took[500], "p99_ms": took[990]}))
