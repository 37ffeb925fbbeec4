// A part that asks for itself is not replaced during a press, whose click would be lost: it asks again soon. One that
// asks when it hears of something, by an event at the body, is told of it again after the press.
import { isPressed, onRelease } from "./press.js";

const missed = new Set(); // names of events

/** Return whether a request of htmx, by the details of its events, is one that a part makes by itself. */
export const isPoll = ({ requestConfig }) =>
  /^every | from:body$/.test(requestConfig.elt.getAttribute("hx-trigger") ?? "");

/** Return whether a request of htmx is one by which a list that moves by itself asks for its changes. */
export const isOfLiveList = ({ elt }) => elt?.dataset?.poll !== undefined;

// Also one that is held back, whose form would be gone.
const isInPress = () => isPressed(document.body) || document.querySelector("[data-held]") !== null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!isPoll(detail) || !isInPress()) return;
  detail.shouldSwap = false;
  const { triggeringEvent } = detail.requestConfig; // none where it is time
  if (triggeringEvent) missed.add(triggeringEvent.type);
});

onRelease(() => {
  const names = [...missed];
  missed.clear();
  for (const name of names) window.htmx.trigger(document.body, name);
});
