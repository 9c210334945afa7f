// pg-boss: as many tasks that do nothing as the first argument says, enqueued
// beforehand, then fetched and completed by four loops in batches of fifty. PGHOST
// and the like say where. Prints JSON: when it begins, how many a second, how soon.
import pg from 'pg';
import PgBoss from 'pg-boss';
import { everyFiveMilliseconds, percentiles, until } from './measure.mjs';

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
// Statistics taken while the table was empty make slower plans.
await pool.query('VACUUM ANALYZE pgboss.job');

// Not with `work`, which would measure how often it looks.
let done = 0;
console.log(JSON.stringify({ enqueued: jobs }));
const started = performance.now();
await Promise.all(Array.from({ length: 4 }, async () => {
  for (;;) {
    const batch = await boss.fetch('nothing', { batchSize: 50 });
    if (batch.length === 0) return;
    await boss.complete('nothing', batch.map(({ id }) => id));
    done += batch.length;
  }
}));
console.log(JSON.stringify({ per_second: jobs / (performance.now() - started) * 1000 }));
if (done !== jobs || await left() > 0) throw new Error(`${done} are done`);

// Half a second is the least that it allows between two looks; four loops, since
// one would take no more than a hundred a second.
const waits = [];
const settings = { batchSize: 50, pollingIntervalSeconds: 0.5 };
for (let loop = 0; loop < 4; loop += 1) {
  await boss.work('timed', settings, async (batch) => {
    for (const { data } of batch) waits.push(performance.now() - data.at);
  });
}
await everyFiveMilliseconds(1000, () => boss.send('timed', { at: performance.now() }));
await until(() => waits.length === 1000);
console.log(JSON.stringify(percentiles(waits)));
await boss.stop({ graceful: false, wait: false });
process.exit();

async function left() {
  const { rows } = await pool.query("SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'nothing' AND state < 'completed'");
  return rows[0].n;
}
