/** The part with what a group says before a visitor asks it for a number: closed or not, what to agree to, from where. */

import type { Opening } from "../clicktocall/opening";
import type { CountriesPart } from "../countries";
import type { Form } from "../form/form";
import { addStyle, type Kit, take } from "../kit/kit";
import css from "../theme/consent.css";
import { ask, type Group } from "./asking";
import { addConsent, askConsent } from "./consent";

export interface GroupPart {
  ask: typeof ask;
  furnish: typeof furnish;
  askConsent: typeof askConsent;
}

export function install(kit: Kit): GroupPart {
  take(kit);
  addStyle(css);
  return { ask, furnish, askConsent };
}

/** What narrows the choice of countries, if there is one. */
export type Narrowing = Promise<ReturnType<CountriesPart["addCountry"]> | undefined>;

/** A timer that is set to more ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Shows in a form what the group says. What comes after the visitor's first key moves nothing on the screen: the server
 * says it again when it is asked for a number.
 *
 * @param narrowing Narrows the countries to the group's; missing where that is the page's choice.
 */
async function furnish(opening: Opening, form: Form, narrowing?: Narrowing): Promise<void> {
  const { scene, given } = opening;
  const { environment, options, journal } = scene;
  const group = await ask(environment, options);
  if (!group) return;
  opening.fallbackNumber = group.fallbackNumber ?? opening.fallbackNumber;
  narrowing?.then((narrow) => narrow?.(group.countries, journal.has("started")));
  if (group.challenge) scene.loadCall().then((part) => part.loadGate()).catch(() => {});
  // A form that the page itself sends at once has the server's own answer at once.
  if (given.form.autoSubmit === true) return;
  const isUntouched = () =>
    scene.current() == opening && opening.form == form && !journal.has("started") && !form.isBusy();
  if (group.consent && isUntouched()) addConsent(opening, form, group.consent);
  if (!group.open)
    await opening.talk((conversation) => {
      if (isUntouched()) reopen(group, opening, conversation.showClosed(group.changesAt));
    });
}

/** Has the form come back when the group opens. */
function reopen({ changesAt }: Group, opening: Opening, showForm: () => void): void {
  const { scene } = opening;
  const wait = changesAt ? Date.parse(changesAt) - Date.now() : Infinity;
  if (wait > LONGEST_TIMER_MS) return;
  const timer = setTimeout(() => scene.current() == opening && showForm(), wait);
  scene.environment.signal.addEventListener("abort", () => clearTimeout(timer));
}
