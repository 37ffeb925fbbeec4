// Where the calls of a role are shown, and what they are called aloud; a call of the panel has its column.
const ROLES = {
  judge: ["agreement", "The judge"],
  synthesis: ["answer", "The writer"],
  check: ["answer", "The check"],
  ranking: ["agreement", "A review"],
  preference: ["agreement", "A review"],
  comparison: ["agreement", "A comparison"],
  review: ["agreement", "A review"],
  revision: ["agreement", "A revision"],
  claims: ["agreement", "The list of claims"],
  support: ["agreement", "The check of claims"],
  settlement: ["agreement", "The search for sources"],
};

/** Return the name of the part of the page that shows a call. */
export const partOf = (call) => ROLES[call.role]?.[0] ?? `column-${call.slot}`;

/** Return how a call is called aloud; `label` is that of its model. */
export const nameOf = (call, label) => ROLES[call.role]?.[1] ?? `Column ${call.slot}${label ? `, ${label},` : ""}`;
