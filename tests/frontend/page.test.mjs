import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const FRONTEND = fileURLToPath(new URL("../../frontend/", import.meta.url));
const TEMPLATES = fileURLToPath(new URL("../../templates/visualizer/", import.meta.url));
const FIRST_SCRIPT_BYTES = 60_000;
const FIRST_VIEW_BYTES = 150_000;
const LATER_SCRIPT_BYTES = 40_000;
const MAX_LINES = 300;
const WITHOUT_A_DOM = ["model/", "scene/layout.js", "scene/core.js", "scene/layers.js", "scene/database.js", "scene/track.js", "scene/stops.js", "scene/sizes.js", "scene/path.js", "scene/parts.js", "scene/text.js", "waterfall/layout.js", "ribbon/layout.js", "player.js", "find/terms.js", "find/query.js", "find/completion.js", "frames.js", "outgoing.js", "report.js"];

function filesBelow(folder, ending) {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith(ending)).map((name) => name.replaceAll("\\", "/"));
}

function read(name) {
  return readFileSync(join(FRONTEND, name), "utf8");
}

function pathsIn(name, pattern) {
  return [...read(name).matchAll(pattern)].map((match) => match[1]);
}

function importsOf(name) {
  return pathsIn(name, /\bfrom "([^"]+)"/g);
}

/** What a module asks for only while it runs. */
function laterImportsOf(name) {
  return pathsIn(name, /\bimport\("([^"]+)"\)/g);
}

const own = filesBelow(FRONTEND, ".js").filter((name) => !name.startsWith("vendor/"));

function resolve(name, path) {
  return relative(FRONTEND, join(FRONTEND, dirname(name), path)).replaceAll("\\", "/");
}

/** All that is loaded with a module: the static graph of its imports. */
function imported(name, seen = new Set()) {
  for (const path of importsOf(name)) {
    const found = resolve(name, path);
    if (seen.has(found)) continue;
    seen.add(found);
    imported(found, seen);
  }
  return seen;
}

const first = ["early.js", "main.js", ...imported("main.js")];
const later = own.filter((name) => !first.includes(name));
const size = (names) => names.reduce((sum, name) => sum + gzipSync(read(name)).length, 0);

test("the first view is small: our own script, and all that it loads", () => {
  assert.ok(size(first) < FIRST_SCRIPT_BYTES, `${size(first)} bytes`);
  const all = [...first, ...filesBelow(FRONTEND, ".css"), ...filesBelow(FRONTEND, ".min.js"), "icon.svg"];
  assert.ok(size(all) < FIRST_VIEW_BYTES, `${size(all)} bytes`);
});

test("what comes later is small too, and comes only when it is asked for", () => {
  assert.ok(size(later) < LATER_SCRIPT_BYTES, `${size(later)} bytes`);
  const asked = own.flatMap((name) => laterImportsOf(name).map((path) => resolve(name, path)));
  for (const name of asked) assert.ok(later.includes(name), `${name} is loaded at once all the same`);
  // The preview's document asks for frame.js by a script of its own.
  const reached = new Set([...asked, ...asked.flatMap((name) => [...imported(name)]), "frame.js"]);
  for (const name of later) assert.ok(reached.has(name), `nothing asks for ${name}`);
});

test("imports are relative and end in .js: the browser loads the source as it stands", () => {
  for (const name of own) for (const path of [...importsOf(name), ...laterImportsOf(name)]) assert.match(path, /^\.\.?\/.+\.js$/, name);
});

test("what is loaded later is named in so many words: a computed path would escape these tests", () => {
  for (const name of own) assert.doesNotMatch(read(name), /\bimport\((?!"[^"]+"\))/, name);
});

test("only main.js knows all: nothing imports it", () => {
  for (const name of own) assert.ok(!importsOf(name).some((path) => path.endsWith("/main.js")), name);
});

test("the page asks at once for every module that main.js needs, and for no other", () => {
  const listed = [...readFileSync(join(TEMPLATES, "parts/modules.html"), "utf8").matchAll(/static\/([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(listed, [...imported("main.js")].sort());
});

test("every style sheet that the page names is there, and every one that is there is named", () => {
  const named = [...readFileSync(join(TEMPLATES, "page.html"), "utf8").matchAll(/static\/(css\/[^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual([...named].sort(), filesBelow(join(FRONTEND, "css"), ".css").map((name) => `css/${name}`).sort());
});

test("templates have neither inline styles nor inline scripts: the page's policy forbids them", () => {
  for (const name of filesBelow(TEMPLATES, ".html")) {
    const html = readFileSync(join(TEMPLATES, name), "utf8");
    assert.doesNotMatch(html, /\sstyle=|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)/i, name);
  }
});

test("files are short, and what is pure touches no DOM", () => {
  for (const name of own) {
    assert.ok(read(name).split("\n").length <= MAX_LINES, name);
    if (WITHOUT_A_DOM.some((start) => name.startsWith(start))) assert.doesNotMatch(read(name), /\b(document|window|localStorage)\./, name);
  }
});

test("every key that is listed has a button that does the same", () => {
  const player = readFileSync(join(TEMPLATES, "parts/player.html"), "utf8");
  const actions = [...read("keys.js").matchAll(/: "(\w+)"/g)].map((match) => match[1]);
  const elsewhere = { search: 'id="path"', help: 'id="help"' };
  const all = filesBelow(TEMPLATES, ".html").map((name) => readFileSync(join(TEMPLATES, name), "utf8")).join("");
  for (const action of actions) assert.ok(player.includes(`data-action="${action}"`) || all.includes(elsewhere[action]), action);
  assert.match(player, /data-action="share"/);
});
