/** Calls that ran in another thread or on the loop: each hop with its four moments, and which of them were under way at once. No DOM. */

import { shortName } from "./format.js";

const known = new WeakMap();

function callOf({ seq, t_ns: back, thread, parent, name, detail }) {
  const { to, to_ns: toNs, ran_ns: ranNs, back_ns: backNs } = detail;
  const isTimed = [toNs, ranNs, backNs].every(Number.isFinite);
  const end = back - (backNs ?? 0);
  const start = end - (ranNs ?? 0);
  return { seq, kind: name, name: shortName(detail.function), thread, to, parent, begin: start - (toNs ?? 0), start, end, back, isTimed, atOnce: 1 };
}

/** Sets `atOnce` of calls that one line waited for together: same thread, same span around them, begun before another had come back. */
function findAtOnce(calls) {
  const groups = new Map();
  for (const call of [...calls].sort((a, b) => a.begin - b.begin)) {
    const key = `${call.thread} ${call.parent}`;
    const group = groups.get(key);
    if (group && call.begin < group.until) {
      group.calls.push(call);
      group.until = Math.max(group.until, call.back);
    } else {
      groups.set(key, { calls: [call], until: call.back });
    }
    const { calls: together } = groups.get(key);
    for (const each of together) each.atOnce = together.length;
  }
}

function findCalls(model) {
  const calls = model.events.filter((event) => event.kind === "hop" && event.detail.to).map(callOf).filter((call) => call.isTimed);
  findAtOnce(calls);
  return calls;
}

/** [{seq, name, thread, to, parent, begin, start, end, back, atOnce}] in the order in which they came back. */
export function callsOf(model) {
  if (known.get(model)?.version !== model.version) known.set(model, { version: model.version, calls: findCalls(model) });
  return known.get(model).calls;
}
