// What a first and a second look at a page weigh over the wire, in a browser
// that keeps what it was told to keep. Photos come after it, lazily.
import assert from "node:assert/strict";
import test from "node:test";
import { logIn, report, setUp } from "./steps.mjs";
import { stage } from "./support.mjs";

const FIRST_BYTES = 64 * 1024;
const FIRST_REQUESTS = 8;
const SECOND_BYTES = 15 * 1024;

test("pages are light", async (t) => {
  const { device, setup } = await stage(t);
  const owner = await device();
  const kost = await setUp(owner, setup);
  for (const at of [1, 2, 3, 4, 5, 6, 7, 8]) await report(owner, kost, `Lampu lorong ${at} mati`);

  for (const { path, who } of [{ path: "/login" }, { path: "/tickets", who: "budi" }, { path: kost, who: "budi" }]) {
    await t.test(path, async () => {
      const page = await device();
      if (who) await logIn(page, who);
      const wire = await listen(page);
      await wire.forget();
      const first = await wire.weigh(path);
      const second = await wire.weigh(path);
      t.diagnostic(`${path}: ${first.bytes} bytes in ${first.requests} requests, then ${second.bytes} bytes`);
      assert.ok(first.bytes <= FIRST_BYTES, `first view: ${JSON.stringify(first)}`);
      assert.ok(first.requests <= FIRST_REQUESTS, `first view: ${JSON.stringify(first)}`);
      assert.ok(second.bytes <= SECOND_BYTES, `second view: ${JSON.stringify(second)}`);
    });
  }
});

/** Counts what Chromium's network says that it received. */
async function listen(page) {
  const wire = await page.context().newCDPSession(page);
  await wire.send("Network.enable");
  const asked = new Map();
  const received = new Map();
  wire.on("Network.requestWillBeSent", ({ requestId, request }) => asked.set(requestId, request.url));
  wire.on("Network.requestServedFromCache", ({ requestId }) => asked.delete(requestId));
  wire.on("Network.responseReceived", ({ requestId, response }) => {
    if (response.fromDiskCache || response.fromPrefetchCache) asked.delete(requestId);
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => received.set(requestId, encodedDataLength));
  const weigh = async (path) => {
    await page.goto("about:blank");
    asked.clear();
    received.clear();
    await page.goto(path, { waitUntil: "networkidle" });
    const files = [...asked].filter(([, url]) => url.startsWith("http") && !url.includes("/photos/"));
    const sizes = files.map(([id, url]) => [new URL(url).pathname, received.get(id) ?? 0]);
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    return { bytes, requests: sizes.length, sizes: Object.fromEntries(sizes) };
  };
  return { weigh, forget: () => wire.send("Network.clearBrowserCache") };
}
