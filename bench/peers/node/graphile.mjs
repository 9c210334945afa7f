// graphile-worker: as many tasks that do nothing as the first argument says,
// enqueued beforehand. With the word `tuned` it fetches and completes them in
// batches, as its manual advises for many short tasks. PGHOST and the like say
// where. Prints JSON: when it begins, how many a second, how soon.
import pg from 'pg';
import { makeWorkerUtils, run } from 'graphile-worker';
import { everyFiveMilliseconds, percentiles, until } from './measure.mjs';

const jobs = Number(process.argv[2]);
const tuned = { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0 } };
const preset = process.argv[3] === 'tuned' ? tuned : {};
const pool = new pg.Pool({ max: 25 });
const utils = await makeWorkerUtils({ pgPool: pool });
await utils.migrate();
await pool.query(`SELECT graphile_worker.add_job('nothing', '{}'::json) FROM generate_series(1, $1)`, [jobs]);
// Statistics taken while the table was empty make plans that are many times slower.
await pool.query('VACUUM ANALYZE graphile_worker._private_jobs');

let done = 0;
const waits = [];
const taskList = {
  nothing: async () => { done += 1; },
  timed: async ({ at }) => { waits.push(performance.now() - at); },
};
console.log(JSON.stringify({ enqueued: jobs }));
const started = performance.now();
const runner = await run({ pgPool: pool, taskList, concurrency: 24, noHandleSignals: true, preset });
await until(async () => done === jobs && await left() === 0);
console.log(JSON.stringify({ per_second: jobs / (performance.now() - started) * 1000 }));

await everyFiveMilliseconds(1000, () => utils.addJob('timed', { at: performance.now() }));
await until(() => waits.length === 1000);
console.log(JSON.stringify(percentiles(waits)));
await runner.stop();
await utils.release();
await pool.end();

async function left() {
  const { rows } = await pool.query('SELECT count(*)::int AS n FROM graphile_worker.jobs');
  return rows[0].n;
}
