/** What the console shows: a command to run with its options, and what happens on the bus. */

import type { Plugin } from "../bus/types";
import { h } from "../siblings";

const MOST_LINES = 200;

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

export function createWorkbench(plugin: Plugin): HTMLElement {
  const registry = plugin.registry();
  const log = h("ol", { class: "log", tabindex: 0, "aria-label": "What happened" });
  const options = h("textarea", { rows: 3, spellcheck: "false", "aria-label": "Options as JSON", placeholder: "{}" });
  const watched = new Set<string>();

  const note = (...words: string[]) => {
    log.prepend(h("li", {}, words.join(" ")));
    if (log.children.length > MOST_LINES) log.lastChild!.remove();
  };

  const select = (label: string, names: string[], onchange: () => void = () => {}) =>
    h("select", { "aria-label": label, onchange }, ...names.map((name) => h("option", {}, name)));
  const fill = (list: HTMLSelectElement, names: string[]) => list.replaceChildren(...names.map((name) => h("option", {}, name)));

  const commands = select("Command", []);
  const events = select("Event", []);
  const plugins = select("Plugin", Object.keys(registry).sort(), () => choose());
  const choose = () => {
    const known = registry[plugins.value] ?? { commands: [], events: [] };
    fill(commands, known.commands);
    fill(events, known.events);
  };
  choose();

  const run = () => {
    const name = `${plugins.value}.${commands.value}`;
    let given: unknown;
    try {
      given = JSON.parse(options.value || "{}");
    } catch (error) {
      return note("options:", (error as Error).message);
    }
    note("\u2192", name, textOf(given));
    plugin
      .command(name, given as object)
      .done((value) => note("\u2713", name, textOf(value)))
      .fail((reason) => note("\u2717", name, textOf(reason)));
  };
  const watch = () => {
    const name = `${plugins.value}.${events.value}`;
    if (watched.has(name)) return;
    watched.add(name);
    note("watching", name);
    plugin.subscribe(name, ({ data }) => note("\u25cf", name, textOf(data)));
  };

  return h(
    "div",
    { class: "bench" },
    plugins,
    h("div", { class: "line" }, commands, h("button", { type: "button", class: "primary", onclick: run }, "Run")),
    options,
    h("div", { class: "line" }, events, h("button", { type: "button", onclick: watch }, "Watch")),
    log,
  );
}
