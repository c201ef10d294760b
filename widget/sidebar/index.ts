/** SideBar: a button for each way to get in touch, at the side of the page. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import {
  bus,
  createHost,
  environment,
  h,
  iconNamed,
  isNarrow,
  jQuery,
  jQueryOf,
  register,
  show,
  strings,
  whenEnded,
} from "../siblings";
import { channelsOf, type Channel } from "./channels";
import css from "./sidebar.css";

const TYPES = { showOnStartup: "boolean", position: "string", expandOnHover: "boolean", channels: "array" };
const NO_CHANNEL = "Invalid configuration. Please ensure atleast one channel is configured.";

export function install(): void {
  let start: (options: Options) => void;
  register({
    name: "SideBar",
    namespace: "sidebar",
    events: "ready opened expanded contracted closed",
    types: TYPES,
    refuse: ({ channels }) => !channels?.length && NO_CHANNEL,
    commands(plugin) {
      const { handlers, configure } = create(plugin);
      start = configure;
      return handlers;
    },
    apply: (options) => start(options),
  });
}

function create(plugin: Plugin) {
  const say = strings(plugin, "sidebar");
  const list = h("ul");
  const toggle = h("button", { type: "button", class: "toggle primary", onclick: () => plugin.command(isOpen ? "close" : "open") });
  const nav = h("nav", { class: "frame" }, list);
  const host = createHost("warmcall-sidebar", "cx-widget cx-sidebar", css, nav, toggle);
  const channels: Channel[] = [];
  let options: Options = {};
  let isOpen = false;
  let isExpanded = false;

  const run = async ({ onClick, clickCommand, clickOptions, event }: Channel) => {
    if (isNarrow()) close();
    if (event) plugin.publish(event);
    if (onClick) {
      await bus.loadPlugin("Common").then(null, () => {});
      onClick(await jQuery(), bus, environment.configuration.common);
    } else if (clickCommand)
      plugin
        .command(clickCommand, clickOptions)
        .fail((reason: unknown) => environment.report(`SideBar: ${clickCommand}: ${String(reason)}`));
  };

  const draw = () => {
    nav.setAttribute("aria-label", say("SideBarLabel"));
    toggle.setAttribute("aria-label", say("SideBarLabel"));
    toggle.setAttribute("aria-expanded", String(isOpen));
    toggle.replaceChildren(iconNamed(isOpen ? "close" : "channels"));
    for (const { button, texts } of channels) {
      const { name, title } = texts(say);
      button.title = title;
      button.querySelector(".name")!.textContent = name;
    }
    nav.classList.toggle("expanded", isExpanded || isNarrow());
    host.classList.toggle("cx-expanded", isExpanded);
    nav.hidden = isNarrow() && !isOpen;
    toggle.hidden = !isNarrow();
    for (const element of [nav, toggle]) element.classList.toggle("left", options.position == "left");
  };

  /** Each has one button for good: a page may have handlers on it, and a visitor the focus. */
  const add = (given: Options[], position = channels.length): Channel[] => {
    const added = channelsOf(given);
    const next = list.children[position] ?? null;
    for (const channel of added) {
      channel.button.onclick = () => void run(channel);
      list.insertBefore(h("li", {}, channel.button), next);
    }
    channels.splice(position, 0, ...added);
    draw();
    return added;
  };

  const expand = (value: boolean) => {
    if (isExpanded == value) return;
    isExpanded = value;
    nav.classList.toggle("expanded", value);
    host.classList.toggle("cx-expanded", value);
    plugin.publish(value ? "expanded" : "contracted");
  };
  const open = () => {
    isOpen = true;
    draw();
    if (!host.isConnected) show(host);
    plugin.publish("opened");
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    if (isNarrow()) draw();
    else show(host, false);
    plugin.publish("closed");
  };

  const isAuto = () => options.expandOnHover !== false;
  nav.addEventListener("pointerenter", () => isAuto() && expand(true));
  nav.addEventListener("pointerleave", () => isAuto() && !nav.matches(":focus-within") && expand(false));
  nav.addEventListener("focusin", () => isAuto() && expand(true));
  nav.addEventListener("focusout", ({ relatedTarget }) => isAuto() && !nav.contains(relatedTarget as Node) && expand(false));
  host.addEventListener("keydown", ({ key }) => {
    if (key != "Escape") return;
    if (!isNarrow()) return expand(false);
    close();
    toggle.focus();
  });
  addEventListener("resize", draw);
  whenEnded(() => removeEventListener("resize", draw));
  for (const event of ["App.i18n", "App.theme"]) plugin.subscribe(event, draw);
  plugin.subscribe("App.closeAll", () => isNarrow() && close());

  const handlers: Record<string, (event: CommandEvent) => unknown> = {
    open({ deferred }) {
      if (isOpen && isNarrow()) return deferred.reject("already open");
      if (!isOpen) open();
      deferred.resolve();
    },
    close: ({ deferred }) => (isOpen ? deferred.resolve(close()) : deferred.reject("already closed")),
    expand: ({ deferred }) => (isExpanded ? deferred.reject("sidebar already expanded") : deferred.resolve(expand(true))),
    contract: ({ deferred }) =>
      isExpanded ? deferred.resolve(expand(false)) : deferred.reject("sidebar already contracted"),
    async addButton({ data: { button }, deferred }) {
      if (!button?.name) return deferred.reject("No button was provided.");
      const [channel] = add([{ ...button, displayName: button.name, displayTitle: button.title }], button.position);
      channel!.event = "click." + button.name;
      const html = await jQueryOf(channel!.button);
      deferred.resolve({ html, event: "SideBar." + channel!.event });
    },
  };
  return {
    handlers,
    configure(given: Options) {
      options = given;
      add(given.channels ?? []);
      if (!channels.length || given.showOnStartup === false) return;
      if (!isNarrow()) return open();
      // On a phone only the button that opens it.
      draw();
      show(host);
    },
  };
}
