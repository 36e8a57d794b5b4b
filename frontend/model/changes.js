/** What a middleware changed, as short text: from all of it down to a count, so that the picture can take what fits. */

import { bytes } from "./format.js";

const SIGNS = { add: "+", remove: "−", change: "~" };
const QUIET_LENGTH = 14;
const LOUDNESS = { add: 1, remove: 1, change: 2 };

function isShort(value) {
  return typeof value === "string" && value.length > 0 && value.length <= QUIET_LENGTH;
}

/** "9.46 kB" of "9464" or "9464 bytes"; "" of anything else. */
function sizeOf(value) {
  const count = /^(\d+)(?: bytes)?$/.exec(value ?? "")?.[1];
  return count ? bytes(Number(count)) : "";
}

/** Sizes and values that changed come first, then what was added; that a header was only extended is the quietest. */
function rank(text, { op }) {
  return text.includes("→") ? 0 : LOUDNESS[op] ?? 2;
}

/** "+ request.user", "+ Content-Language", "24.1 kB → 5.2 kB", "status 200 → 304". */
export function changeText({ op, what, value, was }) {
  const name = what.replace(/^header /, "");
  const sizes = op === "change" && ["body", "Content-Length"].includes(name) ? [was, value].map(sizeOf) : [];
  if (sizes.length && sizes.every(Boolean)) return sizes.join(" → ");
  if (op === "change" && isShort(value) && isShort(was)) return `${name} ${was} → ${value}`;
  return `${SIGNS[op] ?? "~"} ${name}`;
}

/** All changes in full, for a title. */
export function changesInFull(changes) {
  return changes.map((change) => changeText(change) + (change.value ? ` = ${change.value}` : "")).join("\n");
}

/** The same changes in ever fewer words; the new length of a body is said once, not as a header too. */
export function changeChoices(changes) {
  if (!changes?.length) return [];
  const ranked = changes.map((change) => ({ text: changeText(change), change })).sort((a, b) => rank(a.text, a.change) - rank(b.text, b.change));
  const texts = [...new Set(ranked.map(({ text }) => text))];
  if (texts.length === 1) return [texts[0], "1 change"];
  const rest = texts.length - 1;
  return [texts.join(", "), `${texts[0]}, ${texts[1]}${rest > 1 ? ` +${rest - 1}` : ""}`, `${texts[0]} +${rest}`, `${texts.length} changes`, `~${texts.length}`];
}
