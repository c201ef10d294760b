/** What every event of ClickToCall carries: when each thing happened in this opening, and what was sent. */

import type { Options, Plugin } from "../bus/types";

export interface Journal {
  /** Forgets the opening before, except when the plugin became ready. */
  reset(): void;
  setForm(form: Options): void;
  has(moment: string): boolean;
  /** Publishes an event and notes its moment. */
  publish(event: string): void;
}

/** @param ready When the plugin became ready. */
export function createJournal(plugin: Plugin, ready: number): Journal {
  let metadata: Options;
  const journal: Journal = {
    reset() {
      metadata = {
        proactive: false,
        ready,
        opened: false,
        started: false,
        cancelled: false,
        expired: false,
        completed: false,
        closed: false,
        form: {},
      };
    },
    setForm(form) {
      metadata.form = form;
    },
    has: (moment) => !!metadata[moment],
    publish(event) {
      if (event in metadata) metadata[event] = Date.now();
      // A copy: what a subscriber keeps must not change under it.
      plugin.publish(event, { ...metadata });
    },
  };
  journal.reset();
  return journal;
}
