// Sets the remembered theme before the first paint. Loaded in <head> as a plain script, so that nothing flashes.
(() => {
  const KEY = "theme";
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;

  const remembered = () => {
    try {
      const choice = localStorage.getItem(KEY);
      return CHOICES.includes(choice) ? choice : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  };

  const remember = (choice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // the choice then lasts as long as the page
    }
  };

  const apply = (choice) => {
    if (choice === "auto") delete root.dataset.theme;
    else root.dataset.theme = choice;
  };

  const label = (button, choice) => {
    button.dataset.choice = choice;
    button.setAttribute("aria-label", `Theme: ${choice}`);
    button.title = `Theme: ${choice}`;
  };

  apply(remembered());

  const show = (choice) => {
    apply(choice);
    for (const button of document.querySelectorAll("[data-theme-button]")) label(button, choice);
  };

  document.addEventListener("DOMContentLoaded", () => show(remembered()));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-button]");
    if (!button) return;
    const choice = CHOICES[(CHOICES.indexOf(button.dataset.choice) + 1) % CHOICES.length];
    remember(choice);
    show(choice);
  });

  window.addEventListener("storage", (event) => {
    if (event.key === KEY) show(remembered()); // chosen in another tab
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) show(remembered()); // chosen meanwhile: who comes back hears nothing of it
  });
})();
