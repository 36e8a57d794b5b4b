/** Which thread? Asked before the view is called, under ASGI. */

import { indexOf, viewName } from "../facts.js";
import { mixed } from "../options.js";

function reasonOf(model, { thread, detail }) {
  const server = model.server?.enter.thread;
  const name = viewName(model);
  if (detail.is_async && thread === server) return `${name} is a coroutine function: it runs on the event loop itself, in ${thread}.`;
  if (detail.is_async) return `${name} is a coroutine function, but runs on a loop in ${thread}, not in the server's ${server}.`;
  if (thread === server) return `${name} is a plain function and ran in ${thread}, in which the server called Django.`;
  return `${name} is a plain function: Django calls it in ${thread}, so that ${server} with its event loop stays free for others.`;
}

export const whichThread = {
  name: "which-thread",
  isCode: true,
  make({ model, steps }) {
    const event = model.view?.enter;
    const before = indexOf(steps, event);
    if (before < 1 || model.head.process?.interface === "wsgi" || !event.thread) return null;
    const threads = [...new Set(model.events.map((each) => each.thread))].filter(Boolean);
    const found = mixed(`${model.id}thread`, event.thread, threads);
    const kind = event.detail.is_async ? "an async" : "a sync";
    return found && { before, prompt: `${viewName(model)} is ${kind} view. In which thread does it run?`, ...found, reason: reasonOf(model, event) };
  },
};
