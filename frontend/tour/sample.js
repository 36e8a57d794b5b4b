/** Sends a sample of the form as a press of its button does, and waits for what comes of it. */

const LOOK_EVERY_MS = 60;
const PATIENCE_MS = 20_000;

function wait() {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

/** Whether all that was sent has been answered and is known here, by the socket or without one. */
function isThere({ model }, { isSending, ids }) {
  return !isSending && ids.length > 0 && model.id === ids[0] && model.isFinished;
}

function hasProblem() {
  return document.querySelector("#notice:not([hidden])[data-kind=problem]") !== null;
}

function choose(name) {
  const { scenario } = document.querySelector("#sender").elements;
  const option = [...scenario.options].find((each) => each.textContent.trim() === name);
  if (!option) return false;
  scenario.value = option.value;
  scenario.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** The ids of the traces of all that the sample asks for, in order; empty where it could not be sent, which the page then says. */
export async function sendSample(app, name) {
  const sender = await app.loadSender();
  if (!sender) return [];
  while (sender.isSending) await wait();
  if (!choose(name)) return [];
  await app.onPress();
  for (const until = performance.now() + PATIENCE_MS; !isThere(app, sender) && performance.now() < until; await wait()) {
    if (hasProblem()) return [];
  }
  app.say("");
  return [...sender.ids];
}
