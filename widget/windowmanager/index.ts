/** WindowManager: puts views of other plugins side by side along the bottom edge, and buttons on the side. */

import type { CommandEvent, Plugin } from "../bus/types";
import { bus, contentOf, createHost, h, isFilled, isNarrow, jQueryOf, label, nameOf, register, show, strings, whenEnded } from "../siblings";
import { place } from "./docking";
import css from "./windowmanager.css";

interface View {
  id: string;
  owner: string;
  /** In the page's own tree, with what the caller handed in. */
  dock: HTMLElement;
  /** Ours, where it stands. */
  frame: HTMLElement;
  opener: HTMLElement | null;
}

export const install = () =>
  register({ name: "WindowManager", events: "ready changed", commands });

function commands(plugin: Plugin): Record<string, (event: CommandEvent) => unknown> {
  const views: View[] = [];
  const say = strings(plugin, "windowmanager");
  const status = label();
  const side = h("div", { class: "cx-side-button-group", slot: "side" });
  const sideFrame = h("nav", { class: "side", hidden: true }, h("slot", { name: "side" }));
  const docks = h("div", { class: "docks" });
  const host = createHost("warmcall-windows", "cx-widget cx-window-manager", css, docks, sideFrame, status);
  host.append(side);
  let count = 0;

  plugin.subscribe("App.i18n", () => {
    sideFrame.setAttribute("aria-label", say("AriaSideButtons"));
    // What was announced is said; in another language it would be said again.
    status.textContent = "";
  });

  const arrange = () => place(views.map(({ frame }) => frame), isNarrow());
  const observer = new ResizeObserver(arrange);
  addEventListener("resize", arrange);
  for (const event of ["opened", "closed", "minimized", "unminimized"]) bus.subscribe("ClickToCall." + event, arrange);
  whenEnded(() => {
    removeEventListener("resize", arrange);
    observer.disconnect();
  });

  const display = () => {
    const isNeeded = views.length || side.children.length;
    if (!isNeeded) show(host, false);
    else if (!host.isConnected) show(host);
    arrange();
  };

  const registry = () => Object.fromEntries(views.map(({ id, owner, dock }) => [id, { id, owner, html: dock.firstElementChild }]));

  const remove = (view: View | undefined) => {
    if (!view || !views.includes(view)) return;
    views.splice(views.indexOf(view), 1);
    const hadFocus = view.dock.matches(":focus-within") || view.frame.matches(":focus-within");
    observer.unobserve(view.frame);
    view.dock.remove();
    view.frame.remove();
    display();
    if (hadFocus) view.opener?.focus({ preventScroll: true });
    plugin.publish(`removed.${view.id}#${view.id}`);
    plugin.publish("changed", { registry: registry() });
  };

  const add = (id: string, owner: string, content: HTMLElement): View => {
    const slot = "dock-" + ++count;
    const dock = h("div", { class: `cx-dock cx-dock-view cx-docked-${id}`, "cx-dock-id": id, slot }, content);
    const name = nameOf(content, id);
    const frame = h("section", { class: "dock frame", "aria-label": name }, h("slot", { name: slot }));
    const view = { id, owner, dock, frame, opener: document.activeElement as HTMLElement | null };
    views.push(view);
    host.append(dock);
    docks.append(frame);
    observer.observe(frame);
    display();
    status.textContent = say("AriaOpened", { name });
    plugin.publish(`added.${owner}#${id}`);
    return view;
  };

  return {
    async registerDockView({ commander, data: { html, id = commander }, deferred }) {
      const content = contentOf(html);
      if (!content || !(content.shadowRoot || isFilled(content))) return deferred.reject("No HTML content provided.");
      const isTaken = () => views.some((view) => view.id == id);
      if (isTaken()) return deferred.reject(`${id} is already registered. Ignoring.`);
      const set = await jQueryOf(content);
      if (isTaken()) return deferred.reject(`${id} is already registered. Ignoring.`);
      const view = add(id, commander, content);
      if (id == commander) plugin.subscribe(commander + ".closed", () => remove(view));
      const close = (then?: () => void) => {
        remove(view);
        then?.();
      };
      deferred.resolve({ id, html: set, owner: commander, close });
    },
    deregisterDockView({ commander, data: { id = commander }, deferred }) {
      remove(views.find((view) => view.id == id));
      deferred.resolve();
    },
    registerSideButton({ data: { template, show: isShown = true }, deferred }) {
      const content = contentOf(template);
      if (!content) return deferred.reject("No button template found to register");
      const button = content.matches("button, a, .cx-side-button") ? content : h("div", {}, content);
      button.classList.add("cx-side-button");
      button.hidden = !isShown;
      if (!button.matches("button, a") && !button.querySelector("button, a")) makePressable(button);
      side.append(button);
      sideFrame.hidden = false;
      display();
      deferred.resolve();
    },
    changed({ deferred }) {
      plugin.publish("changed", { registry: registry() });
      arrange();
      deferred.resolve();
    },
  };
}

/** What only looks like a button is one for the keyboard, too. */
function makePressable(element: HTMLElement): void {
  element.setAttribute("role", "button");
  element.tabIndex = 0;
  element.addEventListener("keydown", (event) => {
    if (!/^( |Enter)$/.test(event.key) || event.target != element) return;
    event.preventDefault();
    element.click();
  });
}
