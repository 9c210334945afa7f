// graphile-worker: as many tasks that do nothing as the first argument says,
// enqueued beforehand. PGHOST and the like say where. Prints JSON.
import pg from 'pg';
import { makeWorkerUtils, run } from 'graphile-worker';
import { percentiles, until } from './measure.mjs';

const jobs = Number(process.argv[2]);
const pool = new pg.Pool({ max: 25 });
const utils = await makeWorkerUtils({ pgPool: pool });
await utils.migrate();
await pool.query(`SELECT graphile_worker.add_job('nothing', '{}'::json) FROM generate_series(1, $1)`, [jobs]);

let done = 0;
const waits = [];
const taskList = {
  nothing: async () => { done += 1; },
  timed: async ({ at }) => { waits.push(performance.now() - at); },
};
const started = performance.now();
const runner = await run({ pgPool: pool, taskList, concurrency: 24, noHandleSignals: true });
await until(async () => done === jobs && await left() === 0);
const perSecond = jobs / (performance.now() - started) * 1000;

for (let n = 0; n < 400; n += 1) {
  await utils.addJob('timed', { at: performance.now() });
  await new Promise((wake) => setTimeout(wake, 5));
}
await until(() => waits.length === 400);
console.log(JSON.stringify({ per_second: perSecond, ...percentiles(waits) }));
await runner.stop();
await utils.release();
await pool.end();

async function left() {
  const { rows } = await pool.query('SELECT count(*)::int AS n FROM graphile_worker.jobs');
  return rows[0].n;
}
