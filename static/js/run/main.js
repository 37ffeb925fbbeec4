// The run page: puts its behaviours together. Each lives in a file of its own.
import "./copy.js";
import "./keys.js";
import "./later_folds.js";
import "./layout.js";
import "./passages.js";
import "./quotes.js";
import "./redact.js";
import "./rulings.js";
import "./text_links.js";
import "./selection.js";
import "./sides.js";
import "./tabs.js";
import "./takes.js";
import "./unsourced.js";
import "./views.js";
import { isLogin } from "../common/messages.js";
import { dressCode } from "../markdown/code_blocks.js";
import { watchRun } from "./attention.js";
import { placeBeside } from "./beside.js";
import { fitHeader } from "./header.js";
import { foldPrompt } from "./prompt_fold.js";
import { keepReadingPlace } from "./reading_place.js";
import { refresh, startStore } from "./run_store.js";
import { watchShare } from "./shared.js";
import { swap, watchSwaps } from "./swap.js";
import { startTimers } from "./timers.js";
import { forgetVersions } from "./versions.js";

fitHeader();
foldPrompt();
placeBeside();
dressCode(document);
keepReadingPlace();
startTimers();
watchRun();
if (document.body.dataset.fragments) startStore(document.body.dataset.run);
if ("shared" in document.body.dataset) watchShare();

// What a press on a button brings back are the changed parts of the page. The target of all requests is the body, since
// the pressed part may be replaced meanwhile, and htmx tells nobody of an answer for an element that is gone.
let isOvertaken = () => false;
document.body.addEventListener("htmx:beforeSend", () => {
  isOvertaken = watchSwaps();
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (isLogin(event.detail.xhr.responseURL)) return; // messages.js says so, and what is typed stays
  if (isElsewhere(event.detail)) return leave(event);
  if (!event.detail.xhr.getResponseHeader("FusionWeb-Fragments")) return;
  event.detail.shouldSwap = false;
  forgetVersions(event.detail.serverResponse);
  if (isOvertaken()) refresh();
  else swap(event.detail.serverResponse);
});

/** Return whether an answer comes from another address than the one asked. */
const isElsewhere = ({ pathInfo }) => pathInfo.responsePath && pathInfo.responsePath !== pathInfo.finalRequestPath;

function leave(event) {
  event.detail.shouldSwap = false;
  location.reload();
}
