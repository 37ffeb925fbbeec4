// Live timers, on the server's clock: every <time class="timer" data-since="seconds since 1970"> counts up, and those
// with data-until count down.
import { onSwap } from "./swap.js";

const skew = Date.now() / 1000 - Number(document.body.dataset.now || Date.now() / 1000);

const decimal = document.body.dataset.decimal || "."; // as the reader writes it

const written = (seconds) => {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1).replace(".", decimal)} s`;
  const whole = Math.round(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
};

let timers = [];

const find = () => {
  timers = [...document.querySelectorAll(".timer")];
};

function tick() {
  const now = Date.now() / 1000 - skew;
  for (const timer of timers) {
    const { since, until } = timer.dataset;
    if (since === undefined && until === undefined) continue;
    const text = written(since === undefined ? Number(until) - now : now - Number(since));
    if (timer.textContent !== text) timer.textContent = text;
  }
}

/** Start counting. */
export function startTimers() {
  find();
  onSwap(() => {
    find();
    tick(); // no figure is missing until the next tick
  });
  tick();
  setInterval(tick, 200);
}
