// pg-boss: as many tasks that do nothing as the first argument says, enqueued
// beforehand, then taken by four loops in batches of fifty. PGHOST and the like
// say where. Prints JSON.
import pg from 'pg';
import PgBoss from 'pg-boss';
import { percentiles, until } from './measure.mjs';

const jobs = Number(process.argv[2]);
const pool = new pg.Pool({ max: 10 });
const db = { executeSql: (text, values) => pool.query(text, values) };
const boss = new PgBoss({ db, supervise: false, schedule: false });
boss.on('error', (error) => { throw error; });
await boss.start();
await boss.createQueue('nothing');
await boss.createQueue('timed');
for (let n = 0; n < jobs; n += 1000) {
  await boss.insert(Array.from({ length: Math.min(1000, jobs - n) }, () => ({ name: 'nothing', data: {} })));
}

let done = 0;
const waits = [];
const settings = { batchSize: 50, pollingIntervalSeconds: 0.5 };
const started = performance.now();
for (let loop = 0; loop < 4; loop += 1) {
  await boss.work('nothing', settings, async (batch) => { done += batch.length; });
}
await until(async () => done === jobs && await left() === 0);
const perSecond = jobs / (performance.now() - started) * 1000;

await boss.work('timed', settings, async (batch) => {
  for (const { data } of batch) waits.push(performance.now() - data.at);
});
for (let n = 0; n < 400; n += 1) {
  await boss.send('timed', { at: performance.now() });
  await new Promise((wake) => setTimeout(wake, 5));
}
await until(() => waits.length === 400);
console.log(JSON.stringify({ per_second: perSecond, ...percentiles(waits) }));
await boss.stop({ graceful: false, wait: false });
process.exit();

async function left() {
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'nothing' AND state < 'completed'");
  return rows[0].n;
}
