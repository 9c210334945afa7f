// The main job, live: nothing is loaded again by hand.
import test from "node:test";
import { walk } from "./path.mjs";
import { seeLive } from "./steps.mjs";
import { stage } from "./support.mjs";

test("a leak, from the report to both agreeing that it is fixed", async (t) => {
  const { device, setup } = await stage(t);
  const owner = await device({ viewport: { width: 1280, height: 800 } });
  const resident = await device();
  const arrival = {
    // Only who is connected is told at once.
    ready: (page) => page.locator(".kt-conn--live").first().waitFor({ state: "attached" }),
    seen: (page, title) => page.locator(".kt-toast", { hasText: title }).first().waitFor(),
  };
  await walk({ t, owner, resident, setup, see: seeLive, arrival });
});
