/** Elements of the kinds widgets are made of; each comes as a jQuery set. */

import type { Options } from "../bus/types";
import { createButtons, createContainer, h, iconNamed, whenEnded } from "../siblings";

const OWN = /^(type|label|options|validate|validateWhileTyping|wrapper|custom|autofocus)$/;
const SECOND = 1000;

const optionOf = ({ text = "", ...attributes }: Options) => h("option", attributes, String(text));

/** Entries of a `select`; one with `group` opens a group that holds those after it. */
function optionsOf(list: Options[] = []): HTMLElement[] {
  const made: HTMLElement[] = [];
  let group: HTMLElement | undefined;
  for (const entry of list)
    if (entry.group) made.push((group = h("optgroup", { label: entry.text })));
    else if (group) group.append(optionOf(entry));
    else made.push(optionOf(entry));
  return made;
}

function inputOf({ type = "text", options, ...given }: Options): HTMLElement {
  const attributes: Options = { class: "cx-input cx-form-control" };
  for (const name in given) if (!OWN.test(name)) attributes[name] = given[name];
  if (type == "select") return h("select", attributes, ...optionsOf(options));
  return type == "textarea" ? h("textarea", attributes) : h("input", { type, ...attributes });
}

const clock = (ms: number, shows: boolean): string => {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return two(ms / 60 / SECOND) + ":" + two((ms / SECOND) % 60) + (shows ? "." + Math.floor((ms % SECOND) / 100) : "");
};

function countdownOf({ time = 0, warnAt = 10, interval = SECOND, showIcon, showMilliseconds, callback }: Options) {
  const display = h("span", { class: "cx-countdown-display", role: "timer" });
  const element = h("span", { class: "cx-countdown" }, showIcon && iconNamed("clock"), display);
  const end = Date.now() + time * SECOND;
  const tick = () => {
    const left = Math.max(0, end - Date.now());
    display.textContent = clock(Math.ceil(left / (showMilliseconds ? 100 : SECOND)) * (showMilliseconds ? 100 : SECOND), showMilliseconds);
    element.classList.toggle("cx-warning", left < warnAt * SECOND);
    if (left) return;
    clearInterval(timer);
    element.classList.add("cx-ended");
    callback?.();
  };
  const timer = setInterval(tick, showMilliseconds ? Math.min(interval, 100) : interval);
  whenEnded(() => clearInterval(timer));
  tick();
  return element;
}

export function generate($: any, common: Options): Options {
  const rowOf = (input: Options) => {
    if (input.custom) return $(input.custom)[0];
    const element = inputOf(input);
    const label = typeof input.label == "object" ? input.label.text : input.label;
    if (!label) element.setAttribute("aria-label", input.name ?? "");
    return h(
      "tr",
      { hidden: input.type == "hidden" },
      h("th", {}, label && h("label", { class: "cx-control-label", for: input.id }, label)),
      h("td", {}, element),
    );
  };
  const localized = (element: HTMLElement) => $(common.populateLanguageStrings(element));
  return {
    Container: (options: Options) => localized(createContainer(options)),
    Buttons: (options: Options) => localized(createButtons(options)),
    Icon: (name: string) => $(iconNamed(name)),
    Input: (input: Options) => $(inputOf(common.convertI18nQueriesInJSON(input))),
    Options: (list: Options[]) => $(optionsOf(common.convertI18nQueriesInJSON(list))),
    Form(definition: Options, target?: unknown) {
      const { wrapper = "<table role='none'></table>", inputs = [] } = common.convertI18nQueriesInJSON(definition ?? {});
      const form = $(wrapper);
      form.append(inputs.map(rowOf));
      if (target) $(target).append(form);
      return form;
    },
    Countdown: (options: Options) => $(countdownOf(options ?? {})),
  };
}
