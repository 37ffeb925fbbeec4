// Messages in the corner: from the server, from `HX-Trigger: {"message": {"text": …, "level": …}}`, or from show().
import { isOfLiveList } from "./polls.js";

const LASTS_MS = 6000;

const region = () => document.getElementById("messages");

const watch = (message) => {
  message.querySelector("button").addEventListener("click", () => message.remove());
  if (!message.classList.contains("error")) setTimeout(() => message.remove(), LASTS_MS);
};

/**
 * Show `text`; `level` is info, success, warning or error. An error stays until it is dismissed, and is not said again
 * while it stands there: what asks every second would fill the page.
 */
export function show(text, level = "info") {
  if ([...region().querySelectorAll(".error > p")].some(({ textContent }) => textContent === text)) return;
  const message = document.getElementById("message-template").content.firstElementChild.cloneNode(true);
  message.classList.add(level);
  message.querySelector("p").textContent = text;
  region().append(message);
  watch(message);
}

/** Say that nothing of this page is answered any more. */
export const tellSignedOut = () =>
  show("You are signed out. Copy what you have typed, then reload this page and log in.", "error");

/** Return whether an answer is the login page, which whoever is signed out gets and which is no part of this one. */
export const isLogin = (address) => new URL(address).pathname === document.body.dataset.login;

document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!isLogin(detail.xhr.responseURL)) return;
  detail.shouldSwap = false;
  if (!isOfLiveList(detail)) tellSignedOut();
});

for (const message of region().querySelectorAll(".message")) watch(message);

document.body.addEventListener("message", (event) => show(event.detail.text, event.detail.level));

// A list that could not ask for its changes asks again by itself.
document.body.addEventListener("htmx:sendError", (event) => {
  if (isOfLiveList(event.detail)) return;
  show("The server cannot be reached. Nothing you typed is lost; try again in a moment.", "error");
});

document.body.addEventListener("htmx:responseError", (event) => {
  if (isOfLiveList(event.detail)) return;
  const status = event.detail.xhr.status;
  if (status === 403)
    show("You are signed out, or the page is too old. Copy what you have typed, then reload it.", "error");
  else if (status === 404) show("This is not there any more. Reload the page.", "error");
  else show(`That did not work (error ${status}). Try again in a moment.`, "error");
});
