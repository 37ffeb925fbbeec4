// Compares long texts beside the page, one pair after the other.
import { changesOf } from "./pieces.js";

addEventListener("message", ({ data: { id, base, other } }) => postMessage({ id, ...changesOf(base, other) }));
