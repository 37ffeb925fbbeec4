// The models that every field of the page offers: fetched once, and drawn as the options of a list.
import { prepared, ranked } from "./ranking.js";

const MOST_DRAWN = 400; // a longer list is searched, not scrolled

let fetched;

/** Return what the server offers, as {models, hidden}: all, or only those whose references are lines of a text. */
export async function load(address, only) {
  const offer = await fetchOnce(address);
  if (only === undefined) return offer;
  const wanted = new Set(only.split("\n"));
  return { ...offer, models: offer.models.filter(({ model }) => wanted.has(model.reference)) };
}

/** The server is asked again after a failure. */
function fetchOnce(address) {
  fetched ??= fetch(address, { headers: { Accept: "application/json" } })
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`${response.status}`))))
    .then(({ models, hidden }) => ({ models: models.map(prepared), hidden }))
    .catch((error) => {
      fetched = undefined;
      throw error;
    });
  return fetched;
}

const element = (name, className, text = "") => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

const option = (reference, label, ...inside) => {
  const made = element("div", "option");
  made.setAttribute("role", "option");
  made.dataset.reference = reference;
  made.dataset.label = label;
  made.append(...inside);
  return made;
};

/** Return a choice that is no model, such as “Auto”. */
const special = ({ reference, label }) => option(reference, label, element("span", "name", label));

const drawn = (model, isGrouped) => {
  const name = element("span", "name", model.label);
  if (model.is_starred) name.prepend(element("span", "star", "★ "));
  const sources = isGrouped ? [] : [model.maker];
  if (model.provider !== model.maker) sources.push(model.provider);
  const can = [model.sees_images && "images", model.thinks && "thinks", model.is_local && "local"].filter(Boolean);
  const abilities = element("span", "can");
  abilities.append(...can.map((word) => element("span", "ability", word)));
  const state = element("span", "state", model.state_word);
  if (model.state) state.prepend(element("span", `dot ${model.state}`));
  const who = element("span", "who");
  who.append(name, element("span", "source", sources.join(" · ")));
  const made = option(
    model.reference,
    model.label,
    who,
    abilities,
    element("span", "tokens", model.context && `${model.context} context`),
    element("span", "price", model.price || "price unknown"),
    state,
  );
  made.title = model.reference;
  return made;
};

const group = (title, options) => {
  const made = element("div", "group");
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", title);
  const heading = element("div", "title", title);
  heading.setAttribute("aria-hidden", "true");
  made.append(heading, ...options);
  return options.length ? [made] : [];
};

/** Return the groups of an unsearched list: starred, recent, then each maker's. No model stands in it twice. */
const grouped = (models) => {
  const starred = models.filter((model) => model.is_starred);
  const recent = models.filter((model) => !model.is_starred && model.recent !== null);
  recent.sort((one, other) => one.recent - other.recent);
  const makers = Map.groupBy
    ? Map.groupBy(models, (model) => model.maker)
    : models.reduce((map, model) => map.set(model.maker, [...(map.get(model.maker) ?? []), model]), new Map());
  const first = new Set([...starred, ...recent]);
  return [
    ...group(
      "Starred",
      starred.map((model) => drawn(model)),
    ),
    ...group(
      "Recent",
      recent.map((model) => drawn(model)),
    ),
    ...[...makers].flatMap(([maker, its]) =>
      group(
        maker,
        its.filter((model) => !first.has(model)).map((model) => drawn(model, true)),
      ),
    ),
  ];
};

/** Fill a list with the models that match what was typed, and with special choices that do. Return a line about it. */
export function draw(list, { models, hidden }, typed, specials) {
  const found = ranked(models, typed);
  const wish = typed.trim().toLowerCase();
  const fits = specials.filter(({ label }) => label.toLowerCase().startsWith(wish));
  const shown = found.slice(0, MOST_DRAWN);
  list.replaceChildren(...fits.map(special), ...(wish ? shown.map((model) => drawn(model)) : grouped(shown)));
  for (const [at, one] of list.querySelectorAll("[role=option]").entries()) one.id = `${list.id}-${at}`;
  const rest = hidden ? `; ${hidden} hidden on the Models page` : "";
  if (!found.length && !fits.length) return `No model matches “${typed.trim()}”${rest}.`;
  if (found.length > shown.length) return `The first ${shown.length} of ${found.length} models: type to find others.`;
  return wish ? `${found.length} of ${models.length} models` : `${models.length} models${rest}`;
}

/** Return the choices that are no models: those of the judge, the writer or a fallback, by a field's data. */
export function specialsOf({ auto, overlap, nothing }) {
  return [
    nothing && { reference: "", label: nothing },
    auto && { reference: "auto", label: auto },
    overlap && { reference: "builtin/overlap", label: overlap },
  ].filter(Boolean);
}
