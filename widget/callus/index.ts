/** CallUs: the company's numbers and hours, in an overlay. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { createHost, h, iconNamed, register, strings } from "../siblings";
import css from "./callus.css";

const ENGLISH = { CallUsTitle: "Call us", SubTitle: "Choose a number.", HoursLabel: "Hours" };

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
  const say = strings(plugin, "callus", ENGLISH);
  let isOpen = false;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    plugin.publish("closed");
  };
  plugin.subscribe("Overlay.close.CallUs", end);

  const contactOf = ({ displayName, i18n, number }: Options) => {
    const name = i18n && say(i18n) != i18n ? say(i18n) : (displayName ?? "");
    const link = h("a", { href: "tel:" + String(number).replace(/[^\d+*#,;]/g, ""), dir: "ltr" }, String(number));
    return h("li", {}, iconNamed("callus"), h("span", {}, name && h("span", { class: "soft" }, name), link));
  };

  const build = () => {
    const { contacts = [], hours = [] } = optionsOf();
    return createHost(
      "warmcall-callus",
      "cx-widget cx-call-us",
      css,
      h("h2", { class: "cx-title" }, say("CallUsTitle")),
      h("ul", {}, ...contacts.map(contactOf)),
      h(
        "div",
        { hidden: !hours.length },
        h("h3", {}, say("HoursLabel")),
        ...hours.map((line: unknown) => h("p", {}, String(line))),
      ),
    );
  };

  return {
    open({ deferred }) {
      if (isOpen) return deferred.reject("Already opened");
      isOpen = true;
      plugin
        .command("Overlay.open", { html: build(), overlay: true })
        .done(() => {
          plugin.publish("opened");
          deferred.resolve();
        })
        .fail(() => {
          isOpen = false;
          deferred.reject("Could not open");
        });
    },
    close({ deferred }) {
      if (!isOpen) return deferred.reject("Already closed");
      plugin
        .command("Overlay.close")
        .done(() => {
          end();
          deferred.resolve();
        })
        .fail(deferred.reject);
    },
  };
}
