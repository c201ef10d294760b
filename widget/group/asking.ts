/** Asks the server about a group, and remembers the answer for a while. */

import type { Environment } from "../app/types";
import type { Options } from "../bus/types";
import type { Consent } from "../call/outcome";

/** The members of the server's answer that mean something to the panel. */
export interface Group {
  /** Whether numbers are given out now. */
  open: boolean;
  /** When that changes (RFC 3339). */
  changesAt: string | null;
  /** Regions that visitors may call from; none: all. */
  countries: string[];
  fallbackNumber: string | null;
  /** What kind of challenge there is before a number; the challenge itself comes when it is needed. */
  challenge?: string | null;
  consent?: Consent | null;
}

interface Asked {
  url: string;
  /** Milliseconds since the epoch. */
  until: number;
  answer: Promise<Group | undefined>;
}

const HOLDS_MS = 300_000;

let asked: Asked | undefined;
let known: { url: string; group: Group } | undefined;

async function read(url: string, timeoutMs: number, report: Environment["report"]): Promise<Group | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const answer = await response.json();
    if (response.ok) return answer;
    if (answer.code) report(`group: ${answer.code}: ${answer.detail}`);
  } catch {
    // It is out of reach, or none of ours: whoever wants a number will see.
  }
  return undefined;
}

/** @returns What the group says, or said minutes ago; `undefined` if it never did, and then the next opening asks again. */
export function ask({ server, report }: Environment, { site, group, ajaxTimeout = 3000 }: Options): Asked["answer"] {
  const url = `${server}/v1/sites/${encodeURIComponent(site)}/groups/${encodeURIComponent(group)}`;
  if (asked?.url == url && asked.until > Date.now()) return asked.answer;
  const asking: Asked = { url, until: Date.now() + HOLDS_MS, answer: read(url, ajaxTimeout, report).then(keep) };
  return (asked = asking).answer;

  function keep(answer: Group | undefined): Group | undefined {
    if (answer) {
      known = { url, group: answer };
      asking.until = Math.min(asking.until, Date.parse(answer.changesAt ?? "") || Infinity);
      return answer;
    }
    asking.until = 0;
    // Whether it still is closed, nobody knows.
    return known?.url == url ? { ...known.group, open: true } : undefined;
  }
}
