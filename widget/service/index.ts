/** ClickToCallService: its commands; what they do is loaded when a visitor opens the panel. */

import type { Environment } from "../app/types";
import type { GlobalBus } from "../bus/types";
import { isLoaded, loadCall } from "../call/load";
import type { Service } from "../call/service";
import { OPTION_TYPES } from "../clicktocall/options";
import { keepIn, storedRecord } from "./stored";

export function registerClickToCallService(bus: GlobalBus, environment: Environment): void {
  const plugin = bus.registerPlugin("ClickToCallService");
  if (!plugin) return;
  const { server, signal } = environment;
  const service: Service = { plugin, server, signal, options: {} };

  environment.configurable(plugin, "clicktocall", OPTION_TYPES, (options) => {
    service.options = options;
    keepIn(options.storage == "cookie", bus.data("App.deploymentID"), bus.data("App.cookieOptions"));
  });

  plugin.registerCommand("restore", (event) => {
    const none = () => event.deferred.resolve({ bRestoreSuccess: false });
    return storedRecord() || isLoaded() ? loadCall().then((part) => part.restore(service, event), none) : none();
  });
  plugin.registerCommand("requestNumber", (event) =>
    loadCall().then(
      (part) => part.requestNumber(service, event),
      () => {
        plugin.publish("numberReceived", { error: false, netfail: true, errormsg: "" });
        event.deferred.reject("The server cannot be reached.");
      },
    ),
  );
  plugin.registerCommand("cancel", (event) => loadCall().then((part) => part.cancel(service, event)));

  plugin.registerEvents(["ready", "restored", "numberReceived", "callStatus"]);
  plugin.subscribe("ClickToCall.expired", () => loadCall().then((part) => part.forget()));
}
