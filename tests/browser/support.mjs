// The program, a browser, and devices that watch for what nobody would see:
// a test fails on any console error, broken content policy or lost resource.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { chromium } from "playwright-core";

/** How long anything may take before a test gives up; machines may be busy. */
export const PATIENCE = 30_000;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What axe checks: WCAG 2.2 AA and what is good practice beyond it. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const axeSource = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * A fresh installation and a browser, both gone when the test `t` ends, which
 * then fails if any device met a problem.
 */
export async function stage(t) {
  const program = await start(/http:\S+\/setup\?token=\S+/);
  const browser = await launch();
  const problems = [];
  const troubled = new Set();
  const faulty = new Set();
  t.after(async () => {
    await browser.close();
    await program.stop();
    const unexpected = problems.filter(({ page, isTrouble }) => !(isTrouble && troubled.has(page)));
    assert.deepEqual(unexpected.map(({ text }) => text), [], "what the browser complained about");
  });
  const [setup] = program.ready;
  return {
    ...program,
    setup,
    device: (options) => device(browser, program.url, { problems, faulty }, options),
    /** From now on this page may meet lines that break. */
    expectTrouble: (page) => troubled.add(page),
    /** What this page opens while `use` runs may fail on the server's side. */
    expectFault: async (page, use) => {
      faulty.add(page);
      await use().finally(() => faulty.delete(page));
    },
  };
}

/** The demo, with the log-ins that its console shows, and a browser, for as long as `use` takes. */
export async function withDemo(use) {
  const program = await start(/is ready/, "demo");
  const browser = await launch();
  const lines = program.output.join("").matchAll(/^(\w+) (\S+) (\S+)$/gm);
  const logins = [...lines].map(([, role, username, password]) => ({ role, username, password }));
  try {
    await use({ logins, device: (options) => device(browser, program.url, { problems: [], faulty: new Set() }, options) });
  } finally {
    await browser.close();
    await program.stop();
  }
}

function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** Runs the program on a free port, with a data folder of its own, until it says that it is ready. */
async function start(sign, ...command) {
  const data = await mkdtemp(join(tmpdir(), "kostticket-"));
  const address = `127.0.0.1:${await freePort()}`;
  const binary = process.env.KOSTTICKET ?? "../../target/debug/kostticket";
  const environment = { ...process.env, RUST_LOG: process.env.RUST_LOG ?? "warn" };
  for (const name of ["DATABASE_URL", "SMTP_URL", "KOSTTICKET_BASE_URL"]) delete environment[name];
  const output = [];
  let child;
  const begin = (sign) => {
    child = spawn(binary, [...command, "--listen", address, "--data", data], { env: environment });
    const said = [];
    child.stderr.on("data", (text) => output.push(text));
    return new Promise((found, lost) => {
      child.stdout.on("data", (text) => {
        output.push(text);
        said.push(text);
        const match = said.join("").match(sign);
        if (match) found(match);
      });
      child.on("error", lost);
      child.on("exit", (code) => lost(new Error(`the program ended (${code}): ${output.join("")}`)));
    });
  };
  const end = async () => {
    const ended = new Promise((done) => child.once("exit", done));
    if (child.exitCode === null && child.kill("SIGTERM")) await ended;
  };
  const ready = await begin(sign);
  const stop = async () => {
    await end();
    await rm(data, { recursive: true, force: true });
  };
  /** Goes away while `use` runs, and comes back on the same data. */
  const away = async (use) => {
    await end();
    try {
      await use();
    } finally {
      await begin(/http:/);
    }
  };
  /** Stands still while `use` runs: connections stay open, and nothing comes. */
  const still = async (use) => {
    child.kill("SIGSTOP");
    await use().finally(() => child.kill("SIGCONT"));
  };
  return { url: `http://${address}`, ready, data, binary, output, stop, away, still };
}

function freePort() {
  return new Promise((found, lost) => {
    const server = createServer().on("error", lost);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

/** A page on a device of its own: nothing is shared with others, cookies least of all. */
async function device(browser, baseURL, watcher, options = {}) {
  const context = await browser.newContext({
    baseURL,
    locale: "id-ID",
    timezoneId: "Asia/Jakarta",
    viewport: { width: 390, height: 844 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  watch(page, watcher);
  return page;
}

function watch(page, { problems, faulty }) {
  // A refused form is a page with a status of its own, and Chromium logs every
  // such status. What a page itself asks for must be there.
  const refusedPages = new Set();
  const complain = (text, isTrouble = false) => problems.push({ page, text, isTrouble });
  page.on("response", (response) => {
    if (response.status() >= 500 && !faulty.has(page)) complain(`${response.status()} ${response.url()}`);
    else if (isForm(response.request())) refusedPages.add(response.url());
  });
  page.on("pageerror", (error) => complain(`${page.url()}: ${error}`));
  page.on("console", (message) => {
    const { url } = message.location();
    const isRefusal = message.text().startsWith("Failed to load resource") && refusedPages.has(url);
    // Also a part that was just being fetched when its page was left.
    const isTrouble = /ERR_(INTERNET_DISCONNECTED|CONNECTION_\w+|EMPTY_RESPONSE|NETWORK_\w+)|Failed to fetch/.test(message.text());
    if (message.type() === "error" && !isRefusal) complain(`${page.url()}: ${message.text()} (${url})`, isTrouble);
  });
}

/** A page that was opened, or a form that a script sent. */
function isForm(request) {
  return request.isNavigationRequest() || request.headers()["prefer"] === "return=minimal";
}

/** The newest link in the kept mails whose path begins so, once it is another than `before`. */
export function mailedLink(data, beginning, before = "") {
  const folder = join(data, "mail");
  return eventually(async () => {
    const names = (await readdir(folder)).sort();
    const mails = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    const lines = mails.join("\n").replaceAll(/=\r?\n/g, ""); // soft ones, of quoted-printable
    const link = lines.match(new RegExp(`${beginning}/[\\w/-]+`, "g"))?.at(-1);
    assert.ok(link && link !== before, `no mail has a link to ${beginning}`);
    return link;
  });
}

/** Tries until `check` throws no more, and hands on what it returns. */
export async function eventually(check, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((go) => setTimeout(go, 100));
    }
  }
}

/** Fails unless axe finds nothing at all to say about the page, once its colours have settled. */
export async function axe(page, name) {
  await page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await axeSource);
  // A scheme that was just switched may still be fading: what axe finds must stay to count.
  await eventually(async () => {
    const violations = await page.evaluate(async (values) => {
      const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values } });
      const place = ({ html, any, all, none }) => `${html.slice(0, 160)} (${[...any, ...all, ...none][0]?.message})`;
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(place).join(" | ")}`);
    }, TAGS);
    assert.deepEqual(violations, [], name);
  }, 3000);
}

/** A photo: a PNG of 640 × 480 pixels, lighter towards one corner. */
export function photo(name = "keran.png") {
  const [width, height] = [640, 480];
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set([x >> 2, y >> 1, (x ^ y) & 255], y * (width * 3 + 1) + 1 + x * 3);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8); // eight bits, red, green and blue
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return { name, mimeType: "image/png", buffer: Buffer.concat([signature, ...chunks]) };
}

function chunk(name, content) {
  const body = Buffer.concat([Buffer.from(name), content]);
  const box = Buffer.alloc(body.length + 8);
  box.writeUInt32BE(content.length, 0);
  body.copy(box, 4);
  box.writeUInt32BE(crc32(body), body.length + 4);
  return box;
}
