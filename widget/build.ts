/**
 * Bundles the page script and the parts it loads on demand: `bun widget/build.ts [--check] [--out DIR]`.
 *
 * With `--check` nothing is written; the exit code tells whether the committed files are those the sources give.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import type { BunPlugin } from "bun";
import { minify } from "terser";
import { english as afterTheForm } from "./call/en";
import { english as untilTheForm } from "./clicktocall/en";
import { english as onThePage } from "./i18n/en";
import { ENGLISH as ofSiblings } from "./siblings/en";

const root = import.meta.dir;
/** Language packs, by what their files begin with: folder, and the keys of English, each after its namespace. */
const PACKS = {
  lang: { folder: join(root, "languages/packs"), keys: keysOf({ clicktocall: { ...untilTheForm, ...onThePage, ...afterTheForm } }) },
  words: { folder: join(root, "languages/siblings"), keys: keysOf(ofSiblings) },
};
const shipped = join(root, "../src/warmcall/web/static");

const project = readFileSync(join(root, "../pyproject.toml"), "utf8");
const version = /^version = "(.+)"$/m.exec(project)![1];

/** Imports style sheets as their minified text: minified beforehand, since a build inside a build never ends. */
async function cssAsText(): Promise<BunPlugin> {
  const sheets = new Map<string, string>();
  for (const path of new Bun.Glob("*/*.css").scanSync({ cwd: root, absolute: true })) {
    const { outputs } = await Bun.build({ entrypoints: [path], minify: true });
    sheets.set(path, (await outputs[0]!.text()).trim());
  }
  return {
    name: "css-as-text",
    setup(build) {
      build.onLoad({ filter: /\.css$/ }, ({ path }) => ({ contents: sheets.get(path)!, loader: "text" }));
    },
  };
}

/** The same for all parts, so made once. */
const sheets = cssAsText();

/** A part loads another one from beside it. */
const partsBeside: BunPlugin = {
  name: "parts-beside",
  setup(build) {
    build.onResolve({ filter: /^\.\/\w+\.js$/ }, ({ path, importer }) =>
      // A package may have files of such names, and those are bundled.
      importer.includes("node_modules") ? undefined : { path, external: true },
    );
  },
};

/** Modules that several parts use are a part of their own: source path, relative to its folder's neighbours, to file. */
const SHARED: Record<string, string> = { "../markup/markup": "./markup.js", "../siblings": "./siblings.js" };
/** Plugins that are loaded when a command first needs them: file name to folder. */
const SIBLINGS = {
  callus: "callus",
  channelselector: "channelselector",
  common: "common",
  console: "console",
  overlay: "overlay",
  remote: "remote",
  sidebar: "sidebar",
  statsservice: "stats",
  toaster: "toaster",
  watchman: "watchman",
  windowmanager: "windowmanager",
};

/** A part that uses a shared module loads its file from beside it. */
const sharedBeside: BunPlugin = {
  name: "shared-beside",
  setup(build) {
    build.onResolve({ filter: /^\.\.\// }, ({ path }) =>
      SHARED[path] ? { path: SHARED[path], external: true } : undefined,
    );
  },
};

/** A page may be served in any encoding, so the script has no character outside ASCII. */
const toAscii = (code: string) =>
  code.replace(/[^\0-\x7f]/g, (char) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0"));

/** Bun bundles and terser minifies what came out once more, which saves a twentieth of the compressed size. */
async function minified(code: string, module: boolean): Promise<string> {
  const compress = { ecma: 2020, passes: 3, unsafe_arrows: true, pure_getters: true } as const;
  const { code: result } = await minify(code, { ecma: 2020, toplevel: true, module, compress });
  return result!;
}

/** Has Chromium compile all functions of a file as it reads it; it else reads most of them twice, some of them at the click. */
const HINT = "//# allFunctionsCalledOnLoad\n";
const HINTED = ["main.ts", "clicktocall/panel.ts", "countries/index.ts"];

/** @param parts The folder of what is loaded on demand, relative to the script. */
export async function bundle(entry: string, format: "iife" | "esm" = "iife", parts = ""): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [resolve(root, entry)],
    format,
    minify: true,
    target: "browser",
    define: {
      WARMCALL_VERSION: JSON.stringify(version),
      WARMCALL_PARTS: JSON.stringify(parts),
      WARMCALL_KEYS: JSON.stringify(PACKS.lang.keys.join(" ")),
      WARMCALL_SIBLING_KEYS: JSON.stringify(PACKS.words.keys.join(" ")),
    },
    plugins: [await sheets, partsBeside, ...(format == "esm" ? [sharedBeside] : [])],
  });
  return (HINTED.includes(entry) ? HINT : "") + toAscii(await minified(await outputs[0]!.text(), format == "esm")) + "\n";
}

/** Keys of sentences by namespace, each as `namespace.Key`. */
function keysOf(sentences: Record<string, Record<string, string>>): string[] {
  return Object.keys(sentences).flatMap((namespace) => Object.keys(sentences[namespace]!).map((key) => `${namespace}.${key}`));
}

/** A language pack: its sentences in the order of the keys of English, which it must have all. */
async function languagePack(path: string, keys: string[]): Promise<string> {
  const read = JSON.parse(readFileSync(path, "utf8"));
  // The panel's have its namespace alone and do not name it.
  const strings = typeof Object.values(read)[0] == "string" ? { clicktocall: read } : read;
  if (keysOf(strings).sort().join() != [...keys].sort().join()) throw new Error(`${path} must have the keys of English`);
  const texts = keys.map((name) => {
    const [namespace, key] = name.split(".");
    return strings[namespace!][key!];
  });
  return toAscii(await minified(`export default ${JSON.stringify(texts)}`, true)) + "\n";
}

/** What is loaded on demand: file names to code. */
async function buildParts(): Promise<Record<string, string>> {
  const parts: Record<string, string> = {
    "panel.js": await bundle("clicktocall/panel.ts", "esm"),
    "app.js": await bundle("app/late.ts", "esm"),
    "group.js": await bundle("group/index.ts", "esm"),
    "countries.js": await bundle("countries/index.ts", "esm"),
    "wait.js": await bundle("clicktocall/wait.ts", "esm"),
    "cookie.js": await bundle("call/cookie.ts", "esm"),
    "form.js": await bundle("formjson/index.ts", "esm"),
    "call.js": await bundle("call/index.ts", "esm"),
    "languages.js": await bundle("languages/index.ts", "esm"),
    "gate.js": await bundle("call/gate.ts", "esm"),
    "qr.js": await bundle("call/qr.ts", "esm"),
    "jquery.js": await bundle("jquery/index.ts", "esm"),
    "markup.js": await bundle("markup/markup.ts", "esm"),
    "siblings.js": await bundle("siblings/index.ts", "esm"),
  };
  for (const [file, folder] of Object.entries(SIBLINGS)) parts[file + ".js"] = await bundle(folder + "/index.ts", "esm");
  for (const [kind, { folder, keys }] of Object.entries(PACKS))
    for (const file of [...new Bun.Glob("*.json").scanSync({ cwd: folder })].sort())
      parts[`${kind}-${file.slice(0, -5)}.js`] = await languagePack(join(folder, file), keys);
  return parts;
}

/** Relative path to code. The parts' folder tells their content, so that browsers may keep them for ever. */
async function build(): Promise<Record<string, string>> {
  const parts = Object.entries(await buildParts());
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
  const folder = `warmcall/${hash}/`;
  return {
    "warmcall.js": await bundle("main.ts", "iife", folder),
    "warmcall.d.ts": readFileSync(join(root, "warmcall.d.ts"), "utf8"),
    ...Object.fromEntries(parts.map(([name, code]) => [folder + name, code])),
  };
}

function compressed(code: string) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: code.length,
  };
  return { br: brotliCompressSync(code, { params }), gz: gzipSync(code, { level: 9 }) };
}

function scripts(folder: string): string[] {
  const isOurs = (path: string) => /^warmcall(\.js|\.d\.ts|\/)/.test(path) && statSync(join(folder, path)).isFile();
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isOurs).sort();
}

/** Compressed bytes may differ between versions of a compressor, so what they hold is compared. */
function isFresh(files: Record<string, string>, folder: string): boolean {
  try {
    const expected = Object.keys(files).flatMap((path) => [path, path + ".br", path + ".gz"]);
    return (
      scripts(folder).join() == expected.sort().join() &&
      Object.entries(files).every(
        ([path, code]) =>
          readFileSync(join(folder, path), "utf8") == code &&
          brotliDecompressSync(readFileSync(join(folder, path + ".br"))).toString() == code &&
          gunzipSync(readFileSync(join(folder, path + ".gz"))).toString() == code,
      )
    );
  } catch {
    return false;
  }
}

function write(files: Record<string, string>, folder: string): void {
  rmSync(join(folder, "warmcall"), { recursive: true, force: true });
  for (const [path, code] of Object.entries(files)) {
    const { br, gz } = compressed(code);
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
    writeFileSync(target + ".br", br);
    writeFileSync(target + ".gz", gz);
    console.log(`${path}: ${code.length} bytes, gzip ${gz.length}, brotli ${br.length}`);
  }
}

async function main(argv: string[]): Promise<number> {
  const folder = argv.includes("--out") ? argv[argv.indexOf("--out") + 1]! : shipped;
  const files = await build();
  if (argv.includes("--check")) {
    if (isFresh(files, folder)) return 0;
    console.error("The script is not what the sources give: run scripts/build-widget and commit the result");
    return 1;
  }
  write(files, folder);
  return 0;
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
