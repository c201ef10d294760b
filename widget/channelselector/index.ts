/** ChannelSelector: all ways to get in touch, with how long each takes, in an overlay. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { bus, CHANNEL_NAMES, contentOf, createHost, environment, h, iconNamed, jQuery, register, strings, whenEnded } from "../siblings";
import css from "./channelselector.css";

const TYPES = { ewtRefreshInterval: "number", servicePlugin: "string", channels: "array" };
const EWT = { display: false, availabilityThresholdMin: 300, availabilityThresholdMax: 480, hideChannelWhenThresholdMax: true };
const ENGLISH = {
  Title: "How would you like to reach us?",
  WaitNone: "No waiting time",
  WaitTime: "About {minutes} min",
  WaitLong: "Long wait: about {minutes} min",
  Unavailable: "Not available right now",
};

interface Row {
  channel: Options;
  ewt: Options;
  item: HTMLElement;
  button: HTMLButtonElement;
  wait: HTMLElement;
}

export function install(): void {
  let options: Options = {};
  register({
    name: "ChannelSelector",
    namespace: "channelselector",
    events: "ready opened closed",
    types: TYPES,
    refuse: ({ channels }) =>
      !channels?.length && "Invalid configuration. Please ensure atleast one channel is configured.",
    commands: (plugin) => create(plugin, () => options),
    apply: (given) => (options = given),
  });
}

function create(plugin: Plugin, optionsOf: () => Options): Record<string, (event: CommandEvent) => unknown> {
  const say = strings(plugin, "channelselector", ENGLISH);
  const sayName = strings(plugin, "sidebar", CHANNEL_NAMES);
  let rows: Row[] | undefined;
  let showsStats = true;
  let timer: ReturnType<typeof setInterval> | undefined;

  const end = () => {
    clearInterval(timer);
    if (!rows) return;
    rows = undefined;
    plugin.publish("closed");
  };
  whenEnded(end);
  plugin.subscribe("Overlay.close.ChannelSelector", end);

  const choose = async ({ clickCommand, clickOptions, onClick, name }: Options) => {
    await plugin.command("close").always(() => {});
    if (onClick) {
      await bus.loadPlugin("Common").always(() => {});
      return onClick(await jQuery(), bus, environment.configuration.common);
    }
    const command = clickCommand ?? (name && name + ".open");
    if (command) plugin.command(command, clickOptions).fail((reason: unknown) => environment.report(`ChannelSelector: ${command}: ${String(reason)}`));
  };

  const rowOf = (channel: Options): Row => {
    const { name, displayName, i18n, icon, html, subtitle } = channel;
    const wait = h("span", { class: "wait" });
    const known = sayName(name + "Name");
    const title = i18n && say(i18n) != i18n ? say(i18n) : (displayName ?? (known == name + "Name" ? (name ?? "") : known));
    const text = h("span", { class: "text" }, h("span", {}, title), subtitle && h("span", { class: "wait" }, subtitle), wait);
    const button = h("button", { type: "button", onclick: () => void choose(channel) }, iconNamed(icon ?? name), text);
    const custom = contentOf(html);
    if (custom) button.replaceChildren(custom, wait);
    return { channel, ewt: { ...EWT, ...channel.ewt }, item: h("li", {}, button), button, wait };
  };

  const showWait = ({ ewt, item, button, wait }: Row, seconds: number) => {
    const minutes = Math.max(1, Math.ceil(seconds / 60));
    const isTooLong = seconds > ewt.availabilityThresholdMax;
    const key = isTooLong ? "Unavailable" : seconds > ewt.availabilityThresholdMin ? "WaitLong" : seconds > 0 ? "WaitTime" : "WaitNone";
    wait.textContent = say(key, { minutes });
    button.disabled = isTooLong;
    item.hidden = isTooLong && ewt.hideChannelWhenThresholdMax;
  };

  const refresh = () => {
    for (const row of showsStats ? (rows ?? []) : [])
      if (row.ewt.display && row.ewt.queue)
        plugin
          .command((optionsOf().servicePlugin ?? "StatsService") + ".getStats", { group: "EWT", vqName: row.ewt.queue })
          .done(({ ewt }: Options) => rows && showWait(row, +ewt));
  };

  const showStats = (value: boolean) => {
    showsStats = value;
    clearInterval(timer);
    for (const { wait } of rows ?? []) wait.hidden = !value;
    if (!value || !rows) return;
    refresh();
    timer = setInterval(refresh, (optionsOf().ewtRefreshInterval ?? 10) * 1000);
  };

  return {
    open({ deferred }) {
      if (rows) return deferred.reject("Already open");
      const mine = (rows = (optionsOf().channels ?? []).filter(({ enable = true }) => enable).map(rowOf) as Row[]);
      const list = h("ul", {}, ...mine.map(({ item }) => item));
      const html = createHost("warmcall-channels", "cx-widget cx-channel-selector", css, h("h2", { class: "cx-title" }, say("Title")), list);
      plugin
        .command("Overlay.open", { html, overlay: true })
        .done(() => {
          showStats(showsStats);
          plugin.publish("opened");
          deferred.resolve();
        })
        .fail(() => {
          rows = undefined;
          deferred.reject("Could not open");
        });
    },
    close({ deferred }) {
      if (!rows) return deferred.reject("Already closed");
      plugin
        .command("Overlay.close")
        .done(() => {
          end();
          deferred.resolve();
        })
        .fail(deferred.reject);
    },
    displayStats({ deferred }) {
      refresh();
      deferred.resolve();
    },
    enableStats: ({ deferred }) => deferred.resolve(showStats(true)),
    disableStats: ({ deferred }) => deferred.resolve(showStats(false)),
  };
}
