/** StatsService: asks a contact-centre server how long callers of a queue wait. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { environment, register } from "../siblings";
import { readAnswer, requestFor } from "./request";

const TYPES = { ajaxTimeout: "number", ewt: "object" };

export function install(): void {
  let options: Options = {};
  register({
    name: "StatsService",
    namespace: "stats",
    events: "ready updated error.ewt",
    types: TYPES,
    commands: (plugin) => create(plugin, () => options),
    apply: (given) => (options = given),
  });
}

const create = (plugin: Plugin, optionsOf: () => Options): Record<string, (event: CommandEvent) => unknown> => ({
  async getStats({ data, deferred }) {
    const { ewt = {}, ajaxTimeout = 3000 } = optionsOf();
    const queues = [data.vqName ?? data.vqname ?? []].flat().flatMap((names) => String(names).split(",")).filter(Boolean);
    if (!ewt.dataURL || (data.group ?? "EWT") != "EWT") return deferred.reject("Invalid EWT configuration");
    if (!queues.length) return deferred.reject("Invalid Stats vqname configuration");
    const [url, headers] = requestFor({ ...ewt, mode: data.mode ?? ewt.mode, apikey: data.apikey ?? ewt.apikey }, queues);
    try {
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(ajaxTimeout) });
      if (!response.ok) throw new Error(response.statusText);
      const answer = readAnswer(await response.json(), queues);
      plugin.publish("updated", answer);
      deferred.resolve(answer);
    } catch (error) {
      plugin.publish("error.ewt", { vqName: queues.join() });
      environment.report("StatsService: " + (error as Error).message);
      deferred.reject("EWT request failed due to unknown reason");
    }
  },
});
