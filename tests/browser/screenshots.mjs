// The README's screenshots, made from the demo: node screenshots.mjs <folder>.
// cargo xtask screenshots builds what it needs and calls it.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { logIn } from "./steps.mjs";
import { withDemo } from "./support.mjs";

const folder = process.argv[2];
const PHONE = { viewport: { width: 390, height: 844 } };
const LAPTOP = { viewport: { width: 1280, height: 800 } };

/** Name of the file, who looks, on what, and where they go from their own page. */
const SHOTS = [
  ["dashboard", "budi", LAPTOP, (page, home) => page.goto(home)],
  ["statistics", "budi", LAPTOP, (page, home) => page.goto(`${home}/statistics`)],
  ["home", "rani", PHONE, (page) => page.goto("/tickets")],
  ["report", "rani", PHONE, (page) => page.locator(".kt-cta").click()],
  ["answer", "rani", PHONE, async (page) => {
    await page.goto("/tickets");
    await page.locator(".kt-ticket--ask a").first().click();
  }],
];

await mkdir(folder, { recursive: true });
await withDemo(async ({ device, logins }) => {
  for (const [name, username, options, go] of SHOTS) {
    const page = await device(options);
    await logIn(page, username, logins.find((login) => login.username === username).password);
    await go(page, new URL(page.url()).pathname);
    await page.waitForLoadState("networkidle");
    await page.locator("#conn:not([hidden])").waitFor({ state: "attached" });
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.context().close();
    console.log(name);
  }
});
