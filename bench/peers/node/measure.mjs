// What both peers share.

/** Looks every two milliseconds. */
export async function until(isSo) {
  while (!await isSo()) {
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

export function percentiles(waits) {
  waits.sort((one, other) => one - other);
  const at = (percent) => waits[Math.min(waits.length - 1, Math.floor(waits.length * percent / 100))];
  return { p50_ms: at(50), p99_ms: at(99) };
}
