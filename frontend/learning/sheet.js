/** Where a panel of the learner lies over the page, as a sheet at its bottom, the scene is scrolled so that what is on stays in sight. */

const SHEET = matchMedia("(max-width: 1099px)");
const FROM_TOP = 0.22;

function scrollKindly(top) {
  const isStill = document.documentElement.dataset.motion === "off" || matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollBy({ top, behavior: isStill ? "instant" : "smooth" });
}

/** Bring what the scene marks as now into the part of the screen that no sheet covers. */
export function keepInSight() {
  if (!SHEET.matches) return;
  const now = document.querySelector("#scene-room .now");
  if (now) scrollKindly(now.getBoundingClientRect().top - innerHeight * FROM_TOP);
}

/** Tell the page whether a sheet lies over it, so that its end can be scrolled above the sheet. */
export function markSheet() {
  const isOpen = [...document.querySelectorAll(".learn")].some((panel) => !panel.hidden);
  document.querySelector("#app").toggleAttribute("data-learning", isOpen);
}
