// Files of many runs: the links of the selection name the runs that are ticked, or the search if all it finds is meant;
// those above the list name what is searched for now. A line tells how far the file is.
import { follow, newToken } from "../common/progress.js";

document.addEventListener("click", ({ target }) => {
  const chosen = target.closest("[data-export-chosen]");
  const link = chosen ?? target.closest("[data-export-search] a");
  if (!link) return;
  const query = chosen ? chosenRuns() : new URLSearchParams({ q: document.getElementById("search").value.trim() });
  const token = newToken();
  query.set("progress", token);
  link.search = query;
  follow(document.getElementById("export-progress"), token, "Beginning …");
});

function chosenRuns() {
  const form = document.getElementById("selection");
  const query = new URLSearchParams();
  if (form.querySelector("[name=scope]:checked")) query.set("q", form.elements.q.value);
  else for (const { value } of document.querySelectorAll("#history [name=run]:checked")) query.append("run", value);
  return query;
}
