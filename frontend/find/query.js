/** Reads what stands in the filter, such as `status:5xx path:/cart -user:john "free text"`. No DOM. */

import { makeTerm, TERMS } from "./terms.js";

const TOKEN = /(-?)(?:([a-z_]+):)?("[^"]*"?|\S+)?/giy;

/** The terms of a text: {start, end, isNot, name, value, isQuoted}, `name` is null of free text, `value` "" where there is none yet. */
export function tokens(text) {
  const found = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at])) {
      at += 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const [whole, minus, name, value = ""] = TOKEN.exec(text);
    const isQuoted = value.startsWith('"');
    found.push({ start: at, end: at + whole.length, isNot: minus === "-", name: name?.toLowerCase() ?? null, value: isQuoted ? value.replaceAll('"', "") : value, isQuoted });
    at += Math.max(1, whole.length);
  }
  return found;
}

/** How many letters have to be changed to make one word of another. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

function unknown(name) {
  const names = Object.keys(TERMS);
  const nearest = names.find((each) => distance(name, each) <= 2);
  return `There is no ${name}:${nearest ? ` Did you mean ${nearest}:?` : ` The terms are ${names.map((each) => `${each}:`).join(", ")}.`} To look for the text itself, put it into quotes.`;
}

function read({ name, value, isNot }) {
  if (name && !TERMS[name]) return { problem: unknown(name) };
  const text = value.toLowerCase();
  const { test, problem } = name ? makeTerm(name, value) : { test: (record) => record.text.includes(text) };
  if (problem) return { problem };
  return { test: isNot ? (record) => !test(record) : test };
}

/** Whether something can be looked for yet: not a term that is only begun. */
function isWhole({ name, value, isQuoted }) {
  return /[^,]/.test(value) || (isQuoted && !name);
}

/** {isEmpty, problem, matches(record)} of a filter. Where a term is wrong, `problem` says how, and it takes no part. */
export function readQuery(text) {
  const whole = tokens(text).filter(isWhole);
  const terms = whole.map(read);
  const tests = terms.filter((term) => term.test).map((term) => term.test);
  return {
    isEmpty: tests.length === 0,
    problem: terms.find((term) => term.problem)?.problem ?? "",
    matches: (record) => tests.every((test) => test(record)),
  };
}
