/** All questions, in the order in which a tie between them is decided. A new one is a file in questions/ and an entry here. No DOM.
 *
 * A question is {name, isCode, isSecret, make}: `isCode` if its answers are code, `isSecret` if the page would tell the answer before its
 * time (how the request ends, how many queries it has), which it then does not. `make({model, steps})` gives null where this trace has no such moment, else
 * {before, reveal, prompt, options, right, reason}: it is asked before step `before` is shown, `options[right]` is true, `reason` says
 * why in words of this trace, and `reveal` is the step that shows it (`before`, where it is left out).
 */

import { evaluatedHere } from "./questions/evaluated-here.js";
import { firstOut } from "./questions/first-out.js";
import { hitOrMiss } from "./questions/hit-or-miss.js";
import { lazyUser } from "./questions/lazy-user.js";
import { queryCount } from "./questions/query-count.js";
import { queryWhere } from "./questions/query-where.js";
import { statusOf } from "./questions/status.js";
import { viewReached } from "./questions/view-reached.js";
import { whichPattern } from "./questions/which-pattern.js";
import { whichStops } from "./questions/which-stops.js";
import { whichThread } from "./questions/which-thread.js";

export const QUESTIONS = [whichStops, statusOf, hitOrMiss, queryCount, evaluatedHere, firstOut, viewReached, whichPattern, queryWhere, lazyUser, whichThread];

/** Every question that this trace can be asked: [{name, isCode, isSecret, rank, before, reveal, …}], in the order of the steps. */
export function questionsOf(model, steps) {
  if (!model.isFinished || !steps.length) return [];
  const made = QUESTIONS.map(({ name, isCode = false, isSecret = false, make }, rank) => ({ found: make({ model, steps }), name, isCode, isSecret, rank }));
  return made
    .filter(({ found }) => found && found.right >= 0)
    .map(({ found, ...more }) => ({ reveal: found.before, ...found, ...more }))
    .sort((a, b) => a.before - b.before);
}
