// The socket of a run: connects, remembers the last id, comes back by itself, and says what it is doing. When the
// network is gone, as the browser says, it does not wait for the silence of a socket that is only half open.
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
const SILENCE_MS = 40_000; // the server pings every 15 s
const REFUSED = { 4401: "signed out", 4404: "gone" };

/**
 * Follows a run. `onEvents(events)` gets each frame's events in order, `onState(state)` one of "live", "reconnecting",
 * "offline", "signed out", "gone", "closed". Returns {open, close}: after close() it stays closed until open().
 */
export function follow(run, { onEvents, onState }) {
  let last = "0";
  let attempts = 0;
  let socket = null;
  let waiting = null;
  let silence = null;
  let isWanted = false; // by the page, from open() to close()

  const address = () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const path = document.body.dataset.socket ?? `/ws/runs/${run}/`; // a shared run is followed by its link
    return `${scheme}//${location.host}${path}?after=${encodeURIComponent(last)}`;
  };

  const watchSilence = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), SILENCE_MS);
  };

  const onMessage = ({ data }) => {
    watchSilence();
    const { events = [] } = JSON.parse(data);
    for (const [id] of events) last = id || last;
    if (events.some(([, event]) => event.type === "resync")) last = "0";
    else attempts = 0;
    if (events.length) onEvents(events.map(([, event]) => event));
  };

  const comeBack = () => {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts++);
    waiting = setTimeout(open, wait * (0.5 + Math.random() / 2));
  };

  const onClose = (closed, { code }) => {
    if (socket !== closed) return; // it was closed from here
    clearTimeout(silence);
    socket = null;
    if (REFUSED[code]) {
      isWanted = false;
      return onState(REFUSED[code]);
    }
    if (code !== 1000) onState("reconnecting");
    comeBack();
  };

  const open = () => {
    clearTimeout(waiting);
    if (socket) return;
    const opened = new WebSocket(address());
    socket = opened;
    opened.addEventListener("open", () => {
      onState("live");
      watchSilence();
    });
    opened.addEventListener("message", onMessage);
    opened.addEventListener("close", (event) => onClose(opened, event));
  };

  const drop = () => {
    clearTimeout(waiting);
    clearTimeout(silence);
    const closing = socket;
    socket = null;
    closing?.close(1000);
  };

  const close = () => {
    if (!isWanted) return; // what it was refused for stays said
    isWanted = false;
    drop();
    onState("closed"); // an end that was heard of in another way: nobody waits for a connection any more
  };

  window.addEventListener("offline", () => {
    if (!isWanted) return;
    drop();
    onState("offline");
  });
  window.addEventListener("online", () => {
    if (!isWanted) return;
    onState("reconnecting");
    drop();
    attempts = 0;
    open();
  });
  return {
    open: () => {
      isWanted = true;
      open();
    },
    close,
  };
}
