// Builds everything the browser gets into one folder:
//
//   node build.mjs <output folder>
//
// Each file is named after its content (app.1a2b3c4d.css), so that browsers may
// keep it for ever, and lies there three times: as it is, and compressed as .br
// and .gz where that makes it smaller. build.rs embeds the folder.

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";
import { compileString } from "sass";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const source = (...path) => join(here, "src", ...path);
const resolve = createRequire(import.meta.url).resolve;

/** What the interface writes: Basic Latin, and the signs of the copy deck. */
const LETTERS =
  String.fromCharCode(...Array.from({ length: 95 }, (_, i) => i + 32)) + "\u00a0·–—‘’“”'\"•…›°×↑↓→−éÉ";

async function main(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const [font, js, icons, favicon] = await Promise.all([
    buildFont(),
    buildScript(),
    readIcons("icons.svg"),
    readIcons("favicon.svg"),
  ]);
  const fontName = await store(folder, "font.woff2", font);
  await store(folder, "app.css", buildStyles(fontName));
  await store(folder, "app.js", js);
  await store(folder, "icons.svg", icons);
  await store(folder, "favicon.svg", favicon);
}

function buildFont() {
  const file = resolve(
    "@fontsource-variable/plus-jakarta-sans/files/plus-jakarta-sans-latin-wght-normal.woff2",
  );
  return readFile(file).then((whole) =>
    subsetFont(whole, LETTERS, {
      targetFormat: "woff2",
      variationAxes: { wght: { min: 400, max: 800 } },
    }),
  );
}

function buildStyles(fontName) {
  const entry = `$kt-font-url: "${fontName}";\n@import "app";`;
  const { css } = compileString(entry, {
    loadPaths: [source("scss"), join(here, "node_modules")],
    style: "compressed",
    quietDeps: true,
    // Bootstrap 5.3 is written with @import and the functions of its day.
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  return css;
}

async function buildScript() {
  const { outputFiles } = await build({
    entryPoints: [source("ts", "app.ts")],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome105", "firefox121", "safari16"],
    legalComments: "none",
    logLevel: "warning",
  });
  return outputFiles[0].contents;
}

/** Drawings are written one element a line; the browser needs no line ends. */
async function readIcons(name) {
  const text = await readFile(source("icons", name), "utf8");
  return text.replace(/>\s+</g, "><").trim();
}

/** Writes `name` under its hashed name and returns that name. */
async function store(folder, name, content) {
  const bytes = Buffer.from(content);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const gzip = gzipSync(bytes, { level: 9 });
  await writeFile(join(folder, hashed), bytes);
  if (!name.endsWith(".woff2")) {
    await writeFile(join(folder, `${hashed}.br`), brotli);
    await writeFile(join(folder, `${hashed}.gz`), gzip);
  }
  console.log(`${hashed} ${bytes.length} B, brotli ${brotli.length} B`);
  return hashed;
}

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node build.mjs <output folder>");
  process.exit(2);
}
await main(folder);
