/** The options of a question: the right one among plausible wrong ones, in an order that is the same each time a trace is opened. No DOM. */

const MOST = 4;

/** A number from a text, always the same (FNV-1a). */
export function seedOf(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

function shuffled(items, seed) {
  return items
    .map((item, index) => ({ item, at: seedOf(`${seed}:${index}:${item}`) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** {options, right} of texts, shuffled by `seed`; null where nothing plausible is wrong. */
export function mixed(seed, answer, wrongs) {
  const others = [...new Set(wrongs)].filter((each) => each && each !== answer).slice(0, MOST - 1);
  if (!others.length) return null;
  const options = shuffled([answer, ...others], seed);
  return { options, right: options.indexOf(answer) };
}

/** {options, right} of numbers, in rising order, made into texts by `say`. */
export function ranked(answer, wrongs, say = String) {
  const others = [...new Set(wrongs)].filter((each) => Number.isInteger(each) && each >= 0 && each !== answer).slice(0, MOST - 1);
  if (!others.length) return null;
  const options = [answer, ...others].sort((a, b) => a - b);
  return { options: options.map(say), right: options.indexOf(answer) };
}

/** {options, right} in the order given: for yes and no, and what has an order of its own. */
export function ordered(answer, options) {
  return options.includes(answer) ? { options, right: options.indexOf(answer) } : null;
}
