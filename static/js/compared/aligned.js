// The aligned view as a grid: one stop for Tab, arrow keys move by row and column, Home and End along a row, with Ctrl
// to the corners. Enter is the link's own: it leads to the sentence in its column.
const table = document.querySelector("[role=grid]");
const isCards = () => getComputedStyle(table.tBodies[0]).display !== "table-row-group";

/** Return what has the focus in a cell: its link, or the cell itself where there is none. */
const stopIn = (cell) => cell.querySelector("a") ?? cell;

function moveTo(cell, isFocused = true) {
  table.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  const stop = stopIn(cell);
  stop.tabIndex = 0;
  if (!isFocused) return;
  stop.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function target(cell, { key, ctrlKey, metaKey }) {
  const row = cell.parentElement;
  const rows = [...table.tBodies[0].rows];
  const at = rows.indexOf(row);
  const isRtl = getComputedStyle(table).direction === "rtl";
  switch (key) {
    case "ArrowUp":
      return rows[at - 1]?.cells[cell.cellIndex];
    case "ArrowDown":
      return rows[at + 1]?.cells[cell.cellIndex];
    case "ArrowLeft":
      return row.cells[cell.cellIndex + (isRtl ? 1 : -1)];
    case "ArrowRight":
      return row.cells[cell.cellIndex + (isRtl ? -1 : 1)];
    case "Home":
      return (ctrlKey || metaKey ? rows[0] : row).cells[0];
    case "End":
      return (ctrlKey || metaKey ? rows.at(-1) : row).cells[row.cells.length - 1];
    default:
      return null;
  }
}

if (table && !isCards()) {
  for (const link of table.tBodies[0].querySelectorAll("a")) link.tabIndex = -1;
  const first = table.tBodies[0].querySelector("td:not(.silent)");
  if (first) moveTo(first, false);
  table.addEventListener("keydown", (event) => {
    if (event.altKey || event.shiftKey) return;
    const cell = event.target.closest("tbody > tr > *");
    const next = cell && target(cell, event);
    if (!next) return;
    event.preventDefault();
    moveTo(next);
  });
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("tbody > tr > *");
    if (cell && stopIn(cell).tabIndex !== 0) moveTo(cell, false);
  });
}
