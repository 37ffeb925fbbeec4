// Files of a prompt: attached by the button, by dropping or pasting. The server reads each at once and says what it
// holds, or why not; the form then sends its number alone, and waits where one is still being read.
const field = document.querySelector("[data-files]");

if (field) {
  const form = field.closest("form");
  const input = field.querySelector("input[type=file]");
  const count = field.querySelector("input[name=files]");
  const list = field.querySelector(".attached");
  const problem = field.querySelector("#files-problem");
  const most = Number(field.dataset.most);
  const hasImages = Boolean(form.querySelector("[data-images]"));
  let reading = 0;
  let pressed = null; // what sent the form while a file was being read

  const say = (sentence, isWrong = true) => {
    problem.textContent = sentence;
    problem.className = sentence ? (isWrong ? "error" : "muted small") : "empty-problem";
  };

  const kept = () => list.querySelectorAll("input:checked").length;

  const reportCount = () => {
    count.value = kept();
    count.dispatchEvent(new Event("change", { bubbles: true }));
  };

  /** Let the server read a file: add it to the list, or return what is wrong with it. */
  const read = async (file) => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("upload", file);
    const answer = await fetch(field.dataset.files, { method: "POST", body }).catch(() => null);
    if (answer?.status === 413) return `“${file.name}” is too large.`;
    const unsent = `“${file.name}” could not be sent. Attach it again.`;
    if (!answer?.ok || answer.redirected) return unsent;
    // The network may be lost in the middle of the answer.
    const { html = "", problem: sentence = "" } = await answer.json().catch(() => ({ problem: unsent }));
    list.insertAdjacentHTML("beforeend", html);
    return sentence;
  };

  const add = async (files) => {
    const wrong = [];
    for (const file of files) {
      if (kept() + reading >= most) {
        wrong.push(`A prompt takes at most ${most} files.`);
        break;
      }
      reading += 1;
      say(`Reading “${file.name}” …`, false);
      const sentence = await read(file);
      reading -= 1;
      if (sentence) wrong.push(sentence);
    }
    say(wrong.join(" "));
    reportCount();
    if (!pressed || reading) return;
    const button = pressed;
    pressed = null;
    if (!wrong.length) form.requestSubmit(button);
  };

  /** Return the files among those that are dropped or pasted which are not for the pictures beside. */
  const isText = (file) => !hasImages || !file.type.startsWith("image/");
  const texts = (transfer) => [...(transfer?.files ?? [])].filter(isText);
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // the form would send them once more
    add(files);
  });
  list.addEventListener("change", reportCount);
  form.addEventListener("paste", (event) => {
    const files = texts(event.clipboardData);
    if (files.length) add(files);
  });
  form.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    const files = texts(event.dataTransfer);
    if (files.length) add(files);
  });
  form.addEventListener(
    "submit",
    (event) => {
      if (!reading) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      pressed = event.submitter;
    },
    true,
  );
}
