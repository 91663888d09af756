import { button, element, newId } from "../page/dom.js";

/** Asks how a session is to go on from a round; resolves to `{plan, model}`, or to nothing. */
export function askFork(round, { model, planned }) {
  const id = newId("fork");
  const plan = element("textarea", { id: `${id}-plan`, rows: "4" });
  plan.value = round.plan;
  const other = element("input", { id: `${id}-model`, type: "text", value: model, required: true, maxlength: "300" });
  const dialog = element("dialog", { "aria-labelledby": `${id}-title` });
  let given = null;
  const form = element(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        given = { plan: plan.value.trim(), model: other.value.trim() };
        dialog.close();
      },
    },
    element("h2", { id: `${id}-title` }, `Go on from round ${round.number}`),
    element("p", { class: "muted" }, "The branch is played beside this session. It teaches the memories nothing."),
    planned ? element("label", { for: `${id}-plan` }, "Plan of this round") : null,
    planned ? plan : null,
    element("label", { for: `${id}-model` }, "Chat model"),
    other,
    element(
      "p",
      { class: "buttons" },
      element("button", { type: "submit", class: "main" }, "Play the branch"),
      button("Cancel", () => dialog.close()),
    ),
  );
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(given);
    });
  });
}
