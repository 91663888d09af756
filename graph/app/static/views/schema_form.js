import { element, newId } from "../page/dom.js";

const QUOTED = /'([^']+)'/g;

/** Inputs for the settings of a JSON schema: those of `first` in sight, the rest folded. */
export class SchemaForm {
  #fields = new Map();
  #defs;
  #choices;

  /** `choices` are those of a setting for which the schema has none. */
  constructor(schema, { first, hidden = [], given = {}, choices = {} }) {
    this.#choices = choices;
    this.#defs = schema.$defs ?? {};
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (!hidden.includes(name)) this.#fields.set(name, this.#field(name, property, given[name]));
    }
    const named = first.filter((name) => this.#fields.has(name));
    const others = [...this.#fields.keys()].filter((name) => !first.includes(name));
    this.first = new Map(named.map((name) => [name, this.#fields.get(name).element]));
    this.rest = element(
      "details",
      { class: "settings" },
      element("summary", {}, "More settings"),
      ...others.map((name) => this.#fields.get(name).element),
    );
  }

  /** The settings that differ from what the server takes by itself. */
  values() {
    const values = {};
    for (const [name, field] of this.#fields) {
      const value = field.read();
      if (value !== undefined && !same(value, field.fallback)) values[name] = value;
    }
    return values;
  }

  /** Unfolds what holds a value that cannot be, so that the browser can point at it. */
  check(form) {
    if (form.checkValidity()) return true;
    if (this.rest.querySelector(":invalid")) this.rest.open = true;
    form.reportValidity();
    return false;
  }

  #field(name, property, given) {
    const schema = this.#resolved(property);
    const fallback = property.default;
    const label = titleOf(name, property);
    const choices = this.#choices[name];
    const make = choices?.length ? offeredField : { object: objectField, array: arrayField }[schema.type] ?? simpleField;
    const field = make({ name, label, schema, fallback, value: given ?? fallback, says: property.description ?? "", defs: this.#defs, choices });
    return { ...field, fallback };
  }

  /** The schema behind a reference, and beside `null` the one that says something. */
  #resolved(property) {
    const { anyOf, $ref, allOf } = property;
    if (anyOf) {
      const said = anyOf.filter((one) => one.type !== "null");
      const nullable = said.length < anyOf.length;
      return { ...this.#resolved(said[0] ?? {}), nullable };
    }
    if (allOf?.length === 1) return this.#resolved(allOf[0]);
    if ($ref) return this.#defs[$ref.split("/").at(-1)] ?? {};
    return property;
  }
}

function titleOf(name, { title }) {
  const words = (title ?? name).replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function same(a, b) {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** A label, its control, and what the server says of it. */
export function labelled(label, control, says = "", ...more) {
  const id = newId("field");
  control.id = id;
  if (says) control.setAttribute("aria-describedby", `${id}-says`);
  return element(
    "div",
    { class: control.type === "checkbox" ? "field check" : "field", title: says || null },
    element("label", { for: id }, label),
    control,
    ...more,
    says ? element("p", { id: `${id}-says`, class: "says" }, says) : null,
  );
}

function simpleField({ name, label, schema, value, says }) {
  if (schema.enum) return choiceField({ name, label, schema, value, says });
  if (schema.type === "boolean") return booleanField({ name, label, schema, value, says });
  if (schema.type === "integer" || schema.type === "number") return numberField({ name, label, schema, value, says });
  if (schema.type === "string") return textField({ name, label, schema, value, says });
  return jsonField({ name, label, value, says });
}

export function select(name, options, value) {
  const control = element("select", { name });
  for (const [key, text] of options) control.append(element("option", { value: key }, text));
  control.value = value;
  return control;
}

function choiceField({ name, label, schema, value, says }) {
  const options = schema.enum.map((one) => [one, one]);
  if (schema.nullable) options.unshift(["", "as usual"]);
  const control = select(name, options, value ?? "");
  const read = () => (control.value === "" ? null : schema.enum.find((one) => `${one}` === control.value));
  return { element: labelled(label, control, says), read };
}

/** One of what the server has; the usual value is among them in any case. */
function offeredField({ name, label, value, says, choices }) {
  const known = choices.some((one) => one.value === value) ? choices : [{ value, text: value }, ...choices];
  const options = known.map((one) =>
    element("option", { value: one.value, disabled: one.disabled, "data-users": one.users }, one.text),
  );
  const control = element("select", { name }, ...options);
  control.value = value;
  return { element: labelled(label, control, says), read: () => control.value };
}

function booleanField({ name, label, schema, value, says }) {
  if (schema.nullable) {
    const options = [["", "as usual"], ["true", "yes"], ["false", "no"]];
    const control = select(name, options, value === null || value === undefined ? "" : `${value}`);
    const read = () => (control.value === "" ? null : control.value === "true");
    return { element: labelled(label, control, says), read };
  }
  const control = element("input", { name, type: "checkbox" });
  control.checked = Boolean(value);
  return { element: labelled(label, control, says), read: () => control.checked };
}

function numberField({ name, label, schema, value, says }) {
  const whole = schema.type === "integer";
  const control = element("input", {
    name,
    type: "number",
    inputmode: whole ? "numeric" : "decimal",
    step: whole ? 1 : "any",
    min: schema.minimum ?? (whole && schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : undefined),
    max: schema.maximum ?? (whole && schema.exclusiveMaximum !== undefined ? schema.exclusiveMaximum - 1 : undefined),
    required: !schema.nullable && value !== undefined,
    placeholder: schema.nullable ? "as usual" : undefined,
  });
  control.value = value ?? "";
  const read = () => (control.value === "" ? null : Number(control.value));
  return { element: labelled(label, control, says), read };
}

function textField({ name, label, schema, value, says }) {
  const required = Boolean(schema.minLength) && !schema.nullable;
  const control = element("input", {
    name,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: schema.maxLength,
    pattern: schema.pattern?.replaceAll("-]", "\\-]"), // browsers want it so
    required,
    placeholder: schema.nullable ? "as usual" : undefined,
  });
  control.value = value ?? "";
  const read = () => (control.value === "" && !required ? null : control.value);
  const known = /model$/.test(name) ? [...says.matchAll(QUOTED)].map(([, one]) => one) : [];
  if (!known.length) return { element: labelled(label, control, says), read };
  const list = element("datalist", { id: newId("known") }, ...known.map((one) => element("option", { value: one })));
  control.setAttribute("list", list.id);
  return { element: labelled(label, control, says, list), read };
}

/** A field of a kind that this form does not know: JSON. */
function jsonField({ name, label, value, says }) {
  const control = element("textarea", { name, rows: "2", spellcheck: "false" });
  control.value = value === undefined || value === null ? "" : JSON.stringify(value);
  const parse = () => (control.value.trim() ? JSON.parse(control.value) : null);
  control.addEventListener("input", () => {
    try {
      parse();
      control.setCustomValidity("");
    } catch {
      control.setCustomValidity("This is not JSON.");
    }
  });
  return { element: labelled(`${label} (JSON)`, control, says), read: parse };
}

function group(label, says, ...content) {
  const about = says ? element("p", { class: "says" }, says) : null;
  return element("fieldset", { class: "field" }, element("legend", {}, label), ...content, about);
}

function arrayField({ name, label, schema, value, says }) {
  if (!schema.items?.enum) return jsonField({ name, label, value, says });
  const boxes = schema.items.enum.map((one) => {
    const box = element("input", { type: "checkbox", name, value: one });
    box.checked = (value ?? []).includes(one);
    return box;
  });
  const lines = boxes.map((box) => labelled(box.value, box));
  const read = () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    return chosen.length || !schema.nullable ? chosen : null;
  };
  return { element: group(label, says, element("div", { class: "boxes" }, ...lines)), read };
}

function objectField({ name, label, schema, value, says }) {
  if (!schema.properties) return jsonField({ name, label, value, says });
  const parts = Object.entries(schema.properties).map(([key, property]) => [
    key,
    simpleField({
      name: `${name}.${key}`,
      label: titleOf(key, property),
      schema: property,
      value: value?.[key] ?? property.default,
      says: property.description ?? "",
    }),
  ]);
  const read = () => Object.fromEntries(parts.map(([key, field]) => [key, field.read()]));
  return { element: group(label, says, element("div", { class: "parts" }, ...parts.map(([, field]) => field.element))), read };
}
