// A part that asks for itself is not replaced during a press, whose click would be lost: it asks again soon.
import { isPressed } from "./press.js";

const isPoll = ({ elt }) => elt?.getAttribute("hx-trigger")?.startsWith("every ");

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (isPoll(detail) && isPressed(document.body)) detail.shouldSwap = false;
});
