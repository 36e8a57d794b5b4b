/** What the filter offers while it is typed: names of terms, then values that the list has. No DOM. */

import { tokens } from "./query.js";
import { TERMS } from "./terms.js";

const MOST = 8;
const COUNTED = ["status", "method", "outcome", "by", "user"];

/** How often each value of each term occurs in `records`: {name: Map(value → count)}. */
export function tallyOf(records) {
  const tally = Object.fromEntries(COUNTED.map((name) => [name, new Map()]));
  for (const record of records) {
    for (const name of COUNTED) {
      const value = String(record.shown[name] ?? "");
      if (value) tally[name].set(value, (tally[name].get(value) ?? 0) + 1);
    }
  }
  return tally;
}

/** The term at the caret, or an empty one there. */
function termAt(text, caret) {
  return tokens(text).find(({ start, end }) => start <= caret && caret <= end) ?? { start: caret, end: caret, isNot: false, name: null, value: "", isQuoted: false };
}

function names(typed) {
  return Object.entries(TERMS)
    .filter(([name]) => name.startsWith(typed))
    .map(([name, { note }]) => ({ insert: `${name}:`, note, isWhole: false }));
}

function quoted(value) {
  return /\s/.test(value) ? `"${value}"` : value;
}

function values(name, typed, tally) {
  const seen = [...(tally[name] ?? [])].sort((a, b) => b[1] - a[1]);
  const known = seen.map(([value, count]) => ({ value, note: `${count} here` }));
  const samples = TERMS[name].samples.filter((value) => !tally[name]?.has(value)).map((value) => ({ value, note: "" }));
  // What is typed in full needs no offer.
  const fitting = [...known, ...samples].filter(({ value }) => value.toLowerCase().startsWith(typed) && value.toLowerCase() !== typed);
  return fitting.map(({ value, note }) => ({ insert: `${name}:${quoted(value)}`, note, isWhole: true }));
}

/** What fits at the caret: list of {insert, note, isWhole}; `isWhole` if nothing is to be added to it. */
export function completions(text, caret, tally) {
  const { name, value, isQuoted } = termAt(text, caret);
  if (isQuoted) return [];
  const typed = value.toLowerCase();
  if (name === null) return names(typed).slice(0, MOST);
  return TERMS[name] ? values(name, typed, tally).slice(0, MOST) : [];
}

/** {text, caret} with an offer in the place of the term at the caret. */
export function complete(text, caret, { insert, isWhole }) {
  const { start, end, isNot } = termAt(text, caret);
  const put = `${isNot ? "-" : ""}${insert}${isWhole ? " " : ""}`;
  const after = text.slice(end).replace(/^\s+/, "");
  const gap = after && !isWhole ? " " : "";
  return { text: text.slice(0, start) + put + gap + after, caret: start + put.length };
}
