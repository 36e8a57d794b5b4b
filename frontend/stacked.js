/** Where the parts of the page lie one below the other, as on a phone: leads from the list to the scene and back. */

const STACKED = matchMedia("(max-width: 1099px)");
const find = (selector) => document.querySelector(selector);

/** Scroll to a part of the page, where not all of them are in sight at once. */
export function bringIntoView(element) {
  if (STACKED.matches) element.scrollIntoView({ block: "start" });
}

export function start() {
  find("#requests").addEventListener("click", (event) => event.target.closest(".row-open") && bringIntoView(find("#scene")));
  find("#inspector").addEventListener("click", (event) => event.target.closest("a[data-open]") && bringIntoView(find("#scene")));
  find("#to-list").addEventListener("click", () => {
    find(".requests").scrollIntoView({ block: "start" });
    find("#requests .row-open")?.focus({ preventScroll: true });
  });
}
