/** ChannelSelector: all ways to get in touch, with how long each takes, in an overlay. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import {
  bus,
  contentOf,
  createHost,
  environment,
  h,
  iconNamed,
  jQuery,
  locale,
  register,
  strings,
  textOf,
  viewInOverlay,
} from "../siblings";
import css from "./channelselector.css";

const TYPES = { ewtRefreshInterval: "number", servicePlugin: "string", channels: "array" };
const EWT = { display: false, availabilityThresholdMin: 300, availabilityThresholdMax: 480, hideChannelWhenThresholdMax: true };
interface Row {
  channel: Options;
  ewt: Options;
  item: HTMLElement;
  button: HTMLButtonElement;
  title: HTMLElement;
  wait: HTMLElement;
  /** How long it takes, as last told. */
  seconds?: number;
}

const inMinutes = (minutes: number) =>
  new Intl.NumberFormat(locale(), { style: "unit", unit: "minute" }).format(minutes);

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
  const say = strings(plugin, "channelselector");
  const sayName = strings(plugin, "sidebar");
  const title = h("h2", { class: "cx-title" });
  let rows: Row[] = [];
  let showsStats = true;
  let timer: ReturnType<typeof setInterval> | undefined;

  const tell = () => {
    title.textContent = say("Title");
    for (const row of rows) {
      const { name = "" } = row.channel;
      const known = sayName(name + "Name");
      row.title.textContent = textOf(say, row.channel) ?? (known == name + "Name" ? name : known);
      tellWait(row);
    }
  };
  plugin.subscribe("App.i18n", tell);

  const choose = async ({ clickCommand, clickOptions, onClick, name }: Options) => {
    await plugin.command("close").always(() => {});
    if (onClick) {
      await bus.loadPlugin("Common").then(null, () => {});
      return onClick(await jQuery(), bus, environment.configuration.common);
    }
    const command = clickCommand ?? (name && name + ".open");
    if (command) plugin.command(command, clickOptions).fail((reason: unknown) => environment.report(`ChannelSelector: ${command}: ${String(reason)}`));
  };

  const rowOf = (channel: Options): Row => {
    const { name, icon, html, subtitle } = channel;
    const [title, wait] = [h("span"), h("span", { class: "wait" })];
    const text = h("span", { class: "text" }, title, subtitle && h("span", { class: "wait" }, subtitle), wait);
    const button = h("button", { type: "button", onclick: () => void choose(channel) }, iconNamed(icon ?? name), text);
    const custom = contentOf(html);
    if (custom) button.replaceChildren(custom, wait);
    return { channel, ewt: { ...EWT, ...channel.ewt }, item: h("li", {}, button), button, title, wait };
  };

  const tellWait = ({ ewt, item, button, wait, seconds }: Row) => {
    if (seconds === undefined) return;
    const minutes = Math.max(1, Math.ceil(seconds / 60));
    const isTooLong = seconds > ewt.availabilityThresholdMax;
    const key = isTooLong ? "Unavailable" : seconds > ewt.availabilityThresholdMin ? "WaitLong" : seconds > 0 ? "WaitTime" : "WaitNone";
    wait.textContent = say(key, { time: inMinutes(minutes), minutes });
    button.disabled = isTooLong;
    item.hidden = isTooLong && ewt.hideChannelWhenThresholdMax;
  };

  const refresh = () => {
    for (const row of showsStats ? rows : [])
      if (row.ewt.display && row.ewt.queue)
        plugin
          .command((optionsOf().servicePlugin ?? "StatsService") + ".getStats", { group: "EWT", vqName: row.ewt.queue })
          .done(({ ewt }: Options) => {
            row.seconds = +ewt;
            tellWait(row);
          });
  };

  const showStats = (value: boolean) => {
    showsStats = value;
    clearInterval(timer);
    for (const { wait } of rows) wait.hidden = !value;
    if (!value || !rows.length) return;
    refresh();
    timer = setInterval(refresh, (optionsOf().ewtRefreshInterval ?? 10) * 1000);
  };

  const build = () => {
    rows = (optionsOf().channels ?? []).filter(({ enable = true }) => enable).map(rowOf);
    tell();
    const list = h("ul", {}, ...rows.map(({ item }) => item));
    return createHost("warmcall-channels", "cx-widget cx-channel-selector", css, title, list);
  };

  return {
    ...viewInOverlay(plugin, {
      already: "Already open",
      build,
      opened: () => showStats(showsStats),
      closed() {
        clearInterval(timer);
        rows = [];
      },
    }),
    displayStats({ deferred }) {
      refresh();
      deferred.resolve();
    },
    enableStats: ({ deferred }) => deferred.resolve(showStats(true)),
    disableStats: ({ deferred }) => deferred.resolve(showStats(false)),
  };
}
