// Records where a word stands in each frame: `watchWord(name, selector, word)`, then `movesOf(name)`.
(() => {
  const watched = new Map();

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

  // A frame's own callbacks come before its layout and its observers: what is shown is known in the task after it.
  const afterFrame = new MessageChannel();
  afterFrame.port1.onmessage = () => {
    for (const one of watched.values()) {
      const isWhole = one.range && one.node.isConnected && one.range.toString() === one.word;
      if (!isWhole) [one.range, one.node] = find(one.selector, one.word) ?? [];
      const box = one.range?.getBoundingClientRect();
      if (!box || box.width === 0) one.lost += 1;
      else one.places.push([Math.round(box.left * 10) / 10, Math.round(box.top * 10) / 10]);
    }
  };
  const frame = () => {
    afterFrame.port2.postMessage(0);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  window.wordBox = (selector, word) => find(selector, word)?.[2].toJSON() ?? null;
  window.watchWord = (name, selector, word) =>
    watched.set(name, { selector, word, places: [], lost: 0, range: null, node: null });
  /** {frames, lost, x, y}: the largest moves from where the word stood at first, in px. */
  window.movesOf = (name) => {
    const { places, lost } = watched.get(name);
    watched.delete(name);
    const [first] = places;
    const largest = (axis) => Math.max(0, ...places.map((place) => Math.abs(place[axis] - first[axis])));
    return { frames: places.length, lost, x: largest(0), y: largest(1) };
  };
})();
