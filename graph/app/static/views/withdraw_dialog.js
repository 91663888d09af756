import { button, element, newId } from "../page/dom.js";

/** Asks whether a source is to be withdrawn from a memory for good; resolves to yes or no. */
export function askWithdraw(source, memory) {
  const id = newId("withdraw");
  const [what, name] = Object.entries(source)[0];
  const dialog = element("dialog", { "aria-labelledby": `${id}-title` });
  let agreed = false;
  const agree = () => {
    agreed = true;
    dialog.close();
  };
  dialog.append(
    element("h2", { id: `${id}-title` }, `Withdraw ${what} ${name}?`),
    element(
      "p",
      { class: "muted" },
      `All that ${what} ${name} taught the memory ${memory} is deleted for good, of all three kinds. ` +
        "The episodes are not learned again. Sessions that were played are kept.",
    ),
    element(
      "p",
      { class: "buttons" },
      button("Withdraw it", agree, { class: "main" }),
      button("Keep it", () => dialog.close(), { autofocus: true }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(agreed);
    });
  });
}
