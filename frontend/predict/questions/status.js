/** What status? Asked once there is trouble: an exception, a layer that answers. */

import { shortName } from "../../model/format.js";
import { indexOf } from "../facts.js";
import { ordered } from "../options.js";

const WORDS = { 200: "OK", 301: "moved for good", 302: "found elsewhere", 304: "not modified", 400: "bad request", 403: "forbidden", 404: "not found", 405: "method not allowed", 418: "I am a teapot", 500: "server error" };
const PLAUSIBLE = { 2: [404, 403, 500], 3: [200, 404, 403], 4: [200, 403, 404, 500, 302], 5: [200, 404, 403] };

function say(status) {
  return WORDS[status] ? `${status} ${WORDS[status]}` : String(status);
}

const DJANGOS = "response_for_exception";

function reasonOf(status, { name, detail }, { kind, by }) {
  const raised = shortName(name);
  if (kind === "rescued") return `${shortName(by)} caught ${raised} and made a ${status} of it.`;
  if (!String(detail.handled_by ?? "").endsWith(DJANGOS)) return `${raised} was answered with ${status}.`;
  const means = detail.django_class && status < 500;
  if (means) return `Django itself answers ${detail.django_class === raised ? raised : `${raised}, a kind of ${detail.django_class},`} with ${status}.`;
  return `Nobody caught ${raised}, so Django made its own ${status} response of it.`;
}

export const statusOf = {
  name: "status",
  isSecret: true,
  make({ model, steps }) {
    const raised = model.exceptions[0];
    const at = indexOf(steps, raised);
    const { response, outcome } = model.head;
    const status = response?.status;
    if (at < 0 || !status || !["failed", "rescued", "not_found"].includes(outcome?.kind)) return null;
    const reveal = steps.findIndex((step, index) => index > at && (step.kind === "response" || step.event.detail.result === "answered"));
    if (reveal < 1) return null;
    const wrongs = (PLAUSIBLE[Math.floor(status / 100)] ?? []).filter((each) => each !== status).slice(0, 3);
    const options = [status, ...wrongs].sort((a, b) => a - b).map(say);
    return { before: at + 1, reveal, prompt: `${shortName(raised.name)} was raised. Which status does the client get?`, ...ordered(say(status), options), reason: reasonOf(status, raised, outcome) };
  },
};
