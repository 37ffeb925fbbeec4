// "Answer ready": a toast for an answer that arrived where the reader is not looking.
const toast = document.getElementById("answer-toast");

let offered =
  document.getElementById("answer")?.dataset.filled === "true" && !isWriting(document.getElementById("answer"));

function isWriting(section) {
  return section.querySelector("[data-call]") !== null;
}

/** Offer to go to the answer once, when it is complete and not in sight. */
export function offerAnswer(section) {
  if (section.hidden || section.dataset.filled !== "true" || isWriting(section)) {
    offered = false;
    return;
  }
  if (offered) return;
  offered = true;
  const { top, bottom } = section.getBoundingClientRect();
  if (bottom > 120 && top < innerHeight - 80) return;
  toast.textContent = top < 0 ? "Answer ready ↑" : "Answer ready ↓";
  toast.hidden = false;
  watchFor(section);
}

function watchFor(section) {
  const seen = new IntersectionObserver(
    ([entry]) => {
      if (!entry.isIntersecting) return;
      toast.hidden = true;
      seen.disconnect();
    },
    { rootMargin: "-80px" },
  );
  seen.observe(section);
}

toast.addEventListener("click", () => {
  toast.hidden = true;
  document
    .getElementById("answer")
    .scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});
