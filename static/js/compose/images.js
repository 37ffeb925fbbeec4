// Images of a prompt: attached by the button, by dropping or pasting; shown before they are sent, removed one by one.
const TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const MOST = 4;
const LARGEST_BYTES = 5_000_000;

const field = document.querySelector("[data-images]");

if (field) {
  const form = field.closest("form");
  const input = field.querySelector("input[type=file]");
  const count = field.querySelector("input[name=images]");
  const previews = field.querySelector(".previews");
  const problem = field.querySelector("#images-problem");
  let files = [];

  const kept = () => field.querySelectorAll("input[name=keep_image]:checked").length;

  const say = (sentence) => {
    problem.textContent = sentence;
    problem.className = sentence ? "error" : "empty-problem";
  };

  const problemOf = (file) => {
    if (!TYPES.includes(file.type)) return `“${file.name}” is no PNG, JPEG, WebP or GIF image.`;
    if (file.size > LARGEST_BYTES) return `“${file.name}” is larger than 5 MB. Make it smaller.`;
    return "";
  };

  const add = (more) => {
    const sound = [...more].filter((file) => !problemOf(file));
    const room = Math.max(0, MOST - kept() - files.length);
    const tooMany = sound.length > room ? `A prompt takes at most ${MOST} images.` : "";
    say([...more].map(problemOf).find(Boolean) ?? tooMany);
    files = [...files, ...sound.slice(0, room)];
    draw();
  };

  const draw = () => {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    count.value = files.length;
    count.dispatchEvent(new Event("change", { bubbles: true }));
    previews.replaceChildren(...files.map(preview));
  };

  const preview = (file, at) => {
    const item = document.createElement("li");
    const image = document.createElement("img");
    const remove = document.createElement("button");
    image.alt = file.name;
    remove.type = "button";
    remove.className = "btn icon small";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    remove.addEventListener("click", () => {
      files = files.filter((_, other) => other !== at);
      draw();
      input.focus();
    });
    const reader = new FileReader();
    reader.addEventListener("load", () => (image.src = reader.result));
    reader.readAsDataURL(file);
    item.className = "thumb";
    item.append(image, remove);
    return item;
  };

  const pictures = (transfer) => [...transfer.files].filter((file) => file.type.startsWith("image/"));
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  input.addEventListener("change", () => add(input.files));
  form.addEventListener("paste", (event) => {
    const files = pictures(event.clipboardData);
    if (files.length) add(files);
  });
  form.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    const files = pictures(event.dataTransfer);
    if (files.length) add(files);
  });
  window.addEventListener("pageshow", () => files.length || (input.value = ""));
}
