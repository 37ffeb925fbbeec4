// Records where a word stands in each frame: `watchWord(name, selector, word)`, then `movesOf(name)`.
(() => {
  const watched = new Map();
  let isLooking = false;
  let probe = null;

  function find(selector, word) {
    for (const root of document.querySelectorAll(selector)) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.data.indexOf(word);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        const box = range.getBoundingClientRect();
        if (box.width > 0) return [range, node, box];
      }
    }
    return null;
  }

  function look() {
    for (const one of watched.values()) {
      const isWhole = one.range && one.node.isConnected && one.range.toString() === one.word;
      if (!isWhole) [one.range, one.node] = find(one.selector, one.word) ?? [];
      const box = one.range?.getBoundingClientRect();
      if (!box || box.width === 0) one.lost += 1;
      else one.places.push([Math.round(box.left * 10) / 10, Math.round(box.top * 10) / 10]);
    }
  }

  // What a frame shows is known after its layout and after the page's own observers, which are older than this one.
  // It is called in every frame, since the element that it observes changes its size in every frame, as long as a word
  // is watched: frames are what such a page costs.
  function makeProbe() {
    const host = document.body.appendChild(document.createElement("div"));
    host.style.cssText = "position: fixed; width: 2px; height: 1px; contain: strict; visibility: hidden";
    const probe = host.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
    probe.style.cssText = "position: absolute; height: 1px";
    new ResizeObserver(look).observe(probe);
    return probe;
  }

  function frame(width) {
    isLooking = watched.size > 0;
    if (!isLooking) return;
    probe.style.width = `${width}px`;
    requestAnimationFrame(() => frame(3 - width));
  }

  window.wordBox = (selector, word) => find(selector, word)?.[2].toJSON() ?? null;
  window.watchWord = (name, selector, word) => {
    watched.set(name, { selector, word, places: [], lost: 0, range: null, node: null });
    probe ??= makeProbe();
    if (!isLooking) frame(1);
  };
  window.framesOf = (name) => watched.get(name).places.length;
  /**
   * {frames, lost, x, y}: the largest moves from where the word stood at first, in px, of those that two successive
   * frames show. One alone may have been measured before the page's observers were done: deeper elements come later.
   */
  window.movesOf = (name) => {
    const { places, lost } = watched.get(name);
    watched.delete(name);
    const [first] = places;
    const move = (place, axis) => Math.abs(place[axis] - first[axis]);
    const shown = (axis) => (place, at) => Math.min(move(place, axis), move(places[at + 1] ?? place, axis));
    const largest = (axis) => Math.max(0, ...places.map(shown(axis)));
    return { frames: places.length, lost, x: largest(0), y: largest(1) };
  };
})();
