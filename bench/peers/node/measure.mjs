// What both peers share.

/** Looks every two milliseconds. */
export async function until(isSo) {
  while (!await isSo()) {
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

/** Calls it so many times, 200 times a second whether or not the calls before are done. */
export async function everyFiveMilliseconds(times, call) {
  const calls = [];
  const started = performance.now();
  for (let n = 0; n < times; n += 1) {
    const early = started + n * 5 - performance.now();
    if (early > 0) await new Promise((wake) => setTimeout(wake, early));
    calls.push(call());
  }
  await Promise.all(calls);
}

export function percentiles(waits) {
  waits.sort((one, other) => one - other);
  const at = (percent) => waits[Math.min(waits.length - 1, Math.floor(waits.length * percent / 100))];
  return { p50_ms: at(50), p99_ms: at(99) };
}
