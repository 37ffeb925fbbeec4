// A page beside a shared run, such as its answers side by side: it ends with the link as the run's own page does.
import { watchShare } from "./shared.js";

watchShare();
