// The same path where no script ever runs: pages are loaded again instead.
import test from "node:test";
import { walk } from "./path.mjs";
import { seeReloading } from "./steps.mjs";
import { stage } from "./support.mjs";

test("a leak, from the report to both agreeing that it is fixed, without scripts", async (t) => {
  const { device, setup } = await stage(t);
  const owner = await device({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  const resident = await device({ javaScriptEnabled: false });
  await walk({ t, owner, resident, setup, see: seeReloading });
});
