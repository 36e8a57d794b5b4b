/** The inspector as a microscope: its tabs, what it copies, the plans it asks for, and the request in other forms. */

import { Copying } from "./copying.js";
import { Plans } from "./plans.js";
import { Reuse } from "./reuse.js";
import { Steady } from "./steady.js";
import { Tabs } from "./tabs.js";

const find = (selector) => document.querySelector(selector);

export function start(app) {
  const host = find("#inspector");
  const say = (text) => (find("#announce").textContent = text);
  const steady = new Steady(host);
  steady.start();
  new Tabs(host).start();
  new Copying(document.body, say).start();
  new Plans(host, app.mount).start();
  new Reuse(host, find("#reuse"), app, say).start();
  host.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]");
    if (button) app.onPickSeq(Number(button.dataset.go));
  });
  app.addEventListener("open", () => steady.forget());
}
