// Hands a picture that is pasted anywhere on the page to the file input inside `data.into`.
export default function ({ data, parentElement }) {
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const file = files.find((each) => each.type.startsWith("image/"));
    const input = document.querySelector(`.st-key-${data.into} input[type=file]`);
    if (!file || !input) return;
    event.preventDefault();
    const handed = new DataTransfer();
    handed.items.add(file);
    input.files = handed.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("paste", paste);
  parentElement.querySelector(".hint").textContent = data.words;
  return () => document.removeEventListener("paste", paste);
}
