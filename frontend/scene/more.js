/** What the drawing shows beside the way itself: other threads, awaits that are under way at once, parts of a response. Loaded after the first view; `layoutScene` takes it as it is. */

import { chunkGroup } from "./chunks.js";
import { gatheredCalls, isAway, threadGroup } from "./threads.js";

export { isAway };

/** Groups that lie on the way, under the token. */
export function groupsOnTheWay(scene, track) {
  return [threadGroup(scene, track), chunkGroup(scene)].filter(Boolean);
}

/** Of a view: {together, thread}, what it awaits at once and where it runs, "" where there is nothing to say. */
export function viewNotes(model) {
  const calls = gatheredCalls(model)[0];
  const away = model.view && isAway(model, { event: model.view.enter });
  return { together: calls ? `${calls.length} awaits at once` : "", thread: away ? [`in ${model.view.enter.thread}`, "in a thread"] : "" };
}
