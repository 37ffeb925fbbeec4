// A part that asks for itself is not replaced during a press, whose click would be lost: it asks again soon.
import { isPressed } from "./press.js";

/** Return whether a request of htmx, by the details of its events, is one that a part makes by itself. */
export const isPoll = ({ requestConfig }) => requestConfig.elt.getAttribute("hx-trigger")?.startsWith("every ");

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (isPoll(detail) && isPressed(document.body)) detail.shouldSwap = false;
});
