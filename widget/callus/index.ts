/** CallUs: the company's numbers and hours, in an overlay. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { createHost, h, iconNamed, register, strings, textOf, viewInOverlay } from "../siblings";
import css from "./callus.css";

export function install(): void {
  let options: Options = {};
  register({
    name: "CallUs",
    namespace: "callus",
    events: "opened closed ready",
    types: { contacts: "array", hours: "array" },
    commands: (plugin) => create(plugin, () => options),
    apply: (given) => (options = given),
  });
}

function create(plugin: Plugin, optionsOf: () => Options): Record<string, (event: CommandEvent) => unknown> {
  let tell = () => {};
  const say = strings(plugin, "callus");
  plugin.subscribe("App.i18n", () => tell());

  const linkOf = ({ number }: Options) =>
    h("a", { href: "tel:" + String(number).replace(/[^\d+*#,;]/g, ""), dir: "ltr" }, String(number));

  const build = () => {
    const { contacts = [], hours = [] } = optionsOf();
    const title = h("h2", { class: "cx-title" });
    const choose = h("p", { hidden: contacts.length < 2 });
    const names: HTMLElement[] = contacts.map(() => h("span", { class: "soft" }));
    const times = h("h3");
    tell = () => {
      title.textContent = say("CallUsTitle");
      choose.textContent = say("SubTitle");
      times.textContent = say("HoursLabel");
      names.forEach((name, index) => (name.textContent = textOf(say, contacts[index]) ?? ""));
    };
    tell();
    const rows = names.map((name, index) => h("li", {}, iconNamed("callus"), h("span", {}, name, linkOf(contacts[index]))));
    const lines = hours.map((line: unknown) => h("p", {}, String(line)));
    const about = h("div", { hidden: !hours.length }, times, ...lines);
    return createHost("warmcall-callus", "cx-widget cx-call-us", css, title, choose, h("ul", {}, ...rows), about);
  };
  return viewInOverlay(plugin, { already: "Already opened", build });
}
