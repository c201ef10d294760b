/** Watchman: timers as events. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { register, whenEnded } from "../siblings";

const SECOND = 1000;
const started = Date.now();
const seconds = () => Math.floor((Date.now() - started) / SECOND);

export const install = () => register({ name: "Watchman", events: "ready tick", commands });

function commands(plugin: Plugin): Record<string, (event: CommandEvent) => unknown> {
  let made = 0;
  let active = Date.now();
  const timers = new Set<ReturnType<typeof setInterval>>();

  const every = (ms: number, run: () => void) => {
    const timer = setInterval(run, ms);
    timers.add(timer);
    return () => {
      clearInterval(timer);
      timers.delete(timer);
    };
  };
  const touch = () => (active = Date.now());
  const signs = ["pointerdown", "pointermove", "keydown", "scroll"];
  for (const type of signs) addEventListener(type, touch, { passive: true, capture: true });
  whenEnded(() => {
    timers.forEach(clearInterval);
    for (const type of signs) removeEventListener(type, touch, { capture: true });
  });

  every(SECOND, () => {
    const idle = Math.floor((Date.now() - active) / SECOND);
    plugin.publishDirect("tick", { time: Date.now() });
    plugin.publishDirect("uptime:" + seconds(), { uptime: seconds() });
    if (idle) plugin.publishDirect("idle:" + idle, { idle });
  });

  /** A command that publishes under a name of its own, which it resolves. */
  const timed = (kind: string, start: (event: string, time: number) => void) => ({ data, deferred }: CommandEvent) => {
    const time = Number((data as Options).time);
    if (!(time > 0)) return deferred.reject("No time provided.");
    const event = `${kind}:${++made}`;
    start(event, time);
    deferred.resolve("Watchman." + event);
  };

  return {
    interval: timed("interval", (event, time) => void every(time * SECOND, () => plugin.publish(event))),
    alarm: timed("alarm", (event, time) => {
      const stop = every(time * SECOND, () => {
        stop();
        plugin.publish(event);
      });
    }),
    countdown: timed("countdown", (event, time) => {
      const end = Date.now() + time * SECOND;
      const stop = every(SECOND, () => {
        const left = Math.max(0, Math.round((end - Date.now()) / SECOND));
        if (!left) stop();
        plugin.publish(event, { time: left });
      });
    }),
    uptime: ({ deferred }) => deferred.resolve(seconds()),
    idle: ({ deferred }) => deferred.resolve(Math.floor((Date.now() - active) / SECOND)),
    startTime: ({ deferred }) => deferred.resolve(started),
    time: ({ deferred }) => deferred.resolve(Date.now()),
  };
}
