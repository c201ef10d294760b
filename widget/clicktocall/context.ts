/** What all that happens in ClickToCall goes by. */

import type { Environment } from "../app/types";
import type { GlobalBus, Options, Plugin } from "../bus/types";
import type { CallPart } from "../call";
import type { CountriesPart } from "../countries";
import type { FormPart } from "../formjson";
import type { GroupPart } from "../group";

export interface Context {
  bus: GlobalBus;
  plugin: Plugin;
  environment: Environment;
  /** The options under `clicktocall`, with defaults. */
  options: Options;
  /** When the plugin became ready, in milliseconds since the epoch. */
  ready: number;
  loadCall(): Promise<CallPart>;
  loadForm(): Promise<FormPart>;
  loadGroup(): Promise<GroupPart>;
  loadCountries(): Promise<CountriesPart>;
}
