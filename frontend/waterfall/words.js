/** What the waterfall says of a bar. No DOM. */

import { baseName, duration, grouped, shortName } from "../model/format.js";
import { firstFitting } from "../scene/text.js";
import { ownTime } from "./rows.js";

/** The name of a bar's subject, short. */
function nameOf({ kind, name }) {
  return kind === "template" ? baseName(name) : shortName(name);
}

function ownSaid(bar) {
  const own = ownTime(bar);
  if (!bar.waits.length || own >= bar.to - bar.from) return "";
  return ` · ${duration(own)} its own, ${duration(bar.to - bar.from - own)} waiting`;
}

/** The tip of a bar: kind, name, how long, and how much of that it worked itself. */
export function titleOf(bar) {
  if (bar.count > 1) return `${grouped(bar.count)} × ${bar.kind}, side by side · ${duration(bar.to - bar.from)} from first to last`;
  if (bar.kind === "hop") return `await ${bar.name} · ${duration(bar.to - bar.from)}, of it ${duration(bar.run.end - bar.run.start)} running in ${bar.run.to} · ${bar.run.atOnce} at once`;
  const clock = bar.clock === "estimated" ? " (browser clock, placed in the middle)" : "";
  return `${bar.kind} · ${nameOf(bar)} · ${bar.isOpen ? "still running" : duration(bar.to - bar.from)}${clock}${ownSaid(bar)}`;
}

function barName(bar) {
  if (bar.count > 1) return `${grouped(bar.count)} × ${bar.kind === "database" ? "SQL" : bar.kind}`;
  if (bar.kind === "database") return "SQL";
  if (bar.kind === "cache") return `cache ${bar.name}`;
  if (bar.kind === "outbound") return bar.name;
  return bar.kind === "hop" ? `await ${bar.name}` : nameOf(bar);
}

/** Name and duration, or the name, or nothing: half a name says little. */
export function labelOf(bar) {
  return firstFitting([`${barName(bar)} ${duration(bar.to - bar.from)}`, barName(bar)], bar.width - 8, 10, "sans");
}

const LONGEST = 15;

/** A thread's name by its end, which tells it from others. */
export function laneName(name) {
  return name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name;
}

/** What the axis leaves out, and how much of the whole is looked at. */
export function viewSaid({ cuts, whole, from, to }, isWhole) {
  const cut = cuts.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const said = [];
  if (!isWhole) said.push(`${duration(to - from)} of ${duration(whole.to - whole.from)}`);
  if (cut) said.push(`${duration(cut)} without an event cut out`);
  return said.join(" · ");
}
