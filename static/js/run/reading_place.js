// Keeps what is being read in its place while a part of the page is replaced.

/** Remember where something that stays and is being read stands; the returned function scrolls it back there. */
export function holdPlace(leaving) {
  const anchor = readingAnchor(leaving);
  const before = anchor?.getBoundingClientRect().top;
  return () => {
    const moved = anchor?.isConnected ? anchor.getBoundingClientRect().top - before : 0;
    if (Math.abs(moved) > 0.5) window.scrollBy({ top: moved, behavior: "instant" });
  };
}

function readingAnchor(leaving) {
  if (window.scrollY < 2) return null;
  const x = innerWidth / 2;
  for (let y = innerHeight * 0.3; y < innerHeight; y += 40) {
    for (const element of [document.elementFromPoint(x, y), document.elementFromPoint(x / 2, y)]) {
      const stays = element?.closest("main > section, .call, .take, .text > *");
      if (stays && !leaving.contains(stays)) return stays;
    }
  }
  const section = leaving.closest("main > section");
  return section === leaving ? null : section;
}
