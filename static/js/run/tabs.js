// The letter tabs of a phone: they follow the swiped panel, and a tap goes to a column.
import { letScroll } from "./reading_place.js";

const panel = document.querySelector(".panel");
const tabs = [...document.querySelectorAll("[data-tab]")];

const isSwiped = () => panel.scrollWidth > panel.clientWidth + 1;

function mark(slot) {
  for (const tab of tabs) {
    if (tab.dataset.tab === slot) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

function current() {
  const columns = [...panel.querySelectorAll(":scope > .call")];
  const middle = panel.scrollLeft + panel.clientWidth / 2;
  return columns.find((column) => column.offsetLeft - panel.offsetLeft + column.offsetWidth > middle) ?? columns[0];
}

/** Bring a column into view: sideways on a phone, else up or down. */
export function goTo(column, { isSmooth = true } = {}) {
  letScroll();
  const behavior = isSmooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant";
  if (isSwiped()) {
    panel.scrollTo({ left: column.offsetLeft - panel.offsetLeft - 12, behavior: "instant" });
    const top = panel.getBoundingClientRect().top;
    const clear = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    if (top < 0 || top > innerHeight * 0.6) window.scrollBy({ top: top - clear - 44, behavior });
  } else column.scrollIntoView({ behavior, block: "start" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-tab], a.chip[href^='#slot-']:not([data-words]), a.chip[data-words='']");
  const column = link && document.querySelector(link.hash);
  if (!column) return;
  event.preventDefault();
  goTo(column);
});
panel.addEventListener("scroll", () => requestAnimationFrame(() => mark(current().dataset.slot)), { passive: true });
mark(tabs[0]?.dataset.tab);
