/** Console: a window for developers, to run commands and watch events. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { createHost, h, iconNamed, register } from "../siblings";
import { createWorkbench } from "./workbench";
import css from "./console.css";

export function install(): void {
  let plugin: Plugin;
  register({
    name: "Console",
    namespace: "console",
    events: "opened closed ready",
    types: { open: "boolean" },
    commands: (mine) => create((plugin = mine)),
    apply: ({ open }: Options) => void (open && plugin.command("open")),
  });
}

function create(plugin: Plugin): Record<string, (event: CommandEvent) => unknown> {
  let host: HTMLElement | undefined;
  let body: HTMLElement | undefined;

  const build = () => {
    body = createWorkbench(plugin);
    const toggle = () => plugin.command("restore");
    const control = (name: string, label: string, onclick: () => unknown) =>
      h("button", { type: "button", "aria-label": label, onclick }, iconNamed(name));
    const bar = h(
      "div",
      { class: "bar" },
      h("h2", { class: "cx-title" }, "Console"),
      control("minimize", "Minimize or restore", toggle),
      control("close", "Close", () => plugin.command("close")),
    );
    // For developers, in English, whatever the visitor reads.
    const made = createHost("warmcall-console", "cx-widget cx-console", css, h("div", { dir: "ltr", lang: "en" }, bar, body));
    made.addEventListener("keydown", ({ key }) => key == "Escape" && plugin.command("close"));
    return made;
  };

  return {
    open({ deferred }) {
      if (host) return deferred.reject("Already opened");
      host = build();
      plugin
        .command("WindowManager.registerDockView", { html: host })
        .done(() => {
          plugin.publish("opened");
          deferred.resolve();
        })
        .fail((reason: unknown) => {
          host = undefined;
          deferred.reject(reason);
        });
    },
    close({ deferred }) {
      if (!host) return deferred.reject("Already closed");
      host = undefined;
      plugin.publish("closed");
      deferred.resolve();
    },
    restore({ deferred }) {
      if (host && body) body.hidden = !body.hidden;
      deferred.resolve();
    },
  };
}
