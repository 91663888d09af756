import { button, element, newId } from "./dom.js";

/** Asks for the token of a client; resolves to it, or to nothing where the reader has none. */
export function askToken(wrong) {
  const id = newId("token");
  const input = element("input", {
    id,
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    "aria-describedby": `${id}-why`,
  });
  const dialog = element("dialog", { class: "token", "aria-labelledby": `${id}-title` });
  const form = element(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        dialog.close(input.value.trim());
      },
    },
    element("h2", { id: `${id}-title` }, "This server takes clients with a token"),
    element("p", { class: "problem", role: "alert" }, wrong ? "The server does not know this token." : ""),
    element("label", { for: id }, "Token"),
    input,
    element(
      "p",
      { id: `${id}-why`, class: "muted" },
      "It is kept until this page is closed, and nowhere stored.",
    ),
    element(
      "p",
      { class: "buttons" },
      element("button", { type: "submit", class: "main" }, "Use this token"),
      button("Cancel", () => dialog.close("")),
    ),
  );
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
