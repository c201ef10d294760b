/** The time until a number expires: counted by the clock, so that a tab that slept catches up. */

import type { Options } from "../bus/types";
import { find, h, say } from "../kit/kit";
import type { Outcome } from "./outcome";

const ANNOUNCED_PERCENT = [100, 75, 50, 25, 10];
const WARNING_S = 10;

export interface Countdown {
  readonly element: HTMLElement;
  /** @param greeting What a screen reader says first. */
  start(greeting: string): void;
  stop(): void;
}

const two = (count: number) => String(count).padStart(2, "0");

const clock = (seconds: number): string => `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;

/** @param announce Has a screen reader say how much is left, as often as the options want. */
export function createCountdown(
  { iExpireTime = 0, total = iExpireTime }: Outcome,
  { enableCountdown, ariaNumberExpirationIntervals: due }: Options,
  announce: (text: string) => void,
  onEnd: () => void,
): Countdown {
  const percents = due === false ? undefined : Array.isArray(due) ? due : ANNOUNCED_PERCENT;
  const end = Date.now() + iExpireTime * 1000;
  const display = h("span", { class: "cx-countdown-display cx-expiration-timer" });
  const bar = h("i");
  const element = h(
    "div",
    { class: "cx-countdown cx-expiration-timer-container", hidden: !enableCountdown },
    // Not live: it would talk every second.
    h(
      "p",
      { role: "timer", part: "countdown", "aria-label": find("AriaExpireLabel") },
      h("span", { class: "cx-expiration-timer-label" }, say("ExpireLabel")),
      " ",
      display,
    ),
    h("div", { class: "bar" }, bar),
  );
  let last = Infinity;
  let timer = 0;

  const stop = () => {
    clearInterval(timer);
    element.hidden = true;
  };

  const tick = (greeting = "") => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const percent = (100 * left) / total;
    display.textContent = clock(left);
    bar.style.width = percent + "%";
    element.classList.toggle("cx-warning", left < WARNING_S);
    element.classList.toggle("cx-ended", !left);
    const isDue = !percents || percents.some((due) => percent <= due && last > due);
    last = percent;
    if (!left) onEnd();
    else if (greeting || isDue) announce(isDue ? `${greeting} ${say("ExpireLabel")} ${clock(left)}` : greeting);
  };

  return {
    element,
    stop,
    start(greeting) {
      if (!enableCountdown) return announce(greeting);
      timer = window.setInterval(() => tick(), 1000);
      tick(greeting);
    },
  };
}
