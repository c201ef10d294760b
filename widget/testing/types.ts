/** What pages may write in TypeScript, and what must not compile: only checked, never run. */

import type { Warmcall as OurScript } from "../app/boot";
import type { GlobalBus, Plugin as OurPlugin, QuickBus as OurQuickBus } from "../bus/types";

/** What the script has is what the types promise, name by name. */
type SameNames<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : never;
export const same: [
  SameNames<GlobalBus, Warmcall.Bus>,
  SameNames<OurPlugin, Warmcall.Plugin>,
  SameNames<OurQuickBus, Warmcall.QuickBus>,
  SameNames<OurScript, Warmcall.Script>,
] = [true, true, true, true];
export async function page(): Promise<void> {
  window._genesys = {
    widgets: {
      main: { lang: "de", mobileMode: "auto", timeFormat: 24, i18n: { de: { clicktocall: { Title: "Anruf" } } } },
      clicktocall: {
        site: "demo",
        ariaNumberExpirationIntervals: false,
        countrySelect: ["US", "CA"],
        formJSON: {
          wrapper: "<table></table>",
          inputs: [
            { name: "topic", type: "select", options: [{ text: "Orders", value: "o" }], onchange: () => {} },
            { name: "email", type: "email", validate: (_event, _row, input) => !!input.val() },
          ],
        },
      },
      extensions: { own: (_$, bus) => bus.registerPlugin("Own"), other: "/other.js" },
      onReady: (bus) => bus.publish("hello"),
      own: { anything: 1 },
    },
  };
  Warmcall.mount({ clicktocall: { site: "demo" } });

  const queued: string = await CXBus.command("Watchman.alarm", { time: 2 });
  CXBus.command("Overlay.open", { html: document.createElement("p"), position: "bottom", group: queued });
  CXBus.subscribe("StatsService.error.ewt", ({ data }) => data.vqName.length);
  // @ts-expect-error: no such position
  CXBus.command("Overlay.open", { html: "<p>…</p>", position: "inside" });
  // @ts-expect-error: a time is a number
  CXBus.command("Watchman.interval", { time: "2" });

  const theme: string = await CXBus.command("App.setTheme", { theme: "light" });
  CXBus.command("ClickToCall.open", { form: { firstname: "Ada", autoSubmit: true }, userData: { cart: [theme] } })
    .done(() => {})
    .fail((reason) => console.log(reason));
  CXBus.subscribe("ClickToCall.completed", ({ data }) => new Date(data.completed || 0));
  CXBus.subscribe("ClickToCallService.callStatus", ({ data }) => data.status == "connected");
  CXBus.subscribe("Cart.changed", ({ data }) => data.whatever);
  const restored = await CXBus.command("ClickToCallService.restore");
  if (restored.bRestoreSuccess) restored.sPhoneNumber.length;
  await CXBus.command("Cart.add", { article: 3 });

  const plugin = CXBus.registerPlugin("Own");
  if (plugin) {
    plugin.registerCommand<{ a: number }, string>("go", ({ data, deferred }) => deferred.resolve(String(data.a)));
    plugin.before("ClickToCall.open", (options) => ({ ...options, media: "voice" }));
    plugin.ready();
  }

  // @ts-expect-error registerPlugin may answer false
  CXBus.registerPlugin("Other").ready();
  // @ts-expect-error a theme has a name
  CXBus.command("App.setTheme", { theme: 3 });
  // @ts-expect-error no such option
  CXBus.command("ClickToCall.open", { forms: {} });
  // @ts-expect-error nothing comes back
  (await CXBus.command("ClickToCall.close")).length;
  // @ts-expect-error no such status
  CXBus.subscribe("ClickToCallService.callStatus", ({ data }) => data.status == "ringing");
  // @ts-expect-error moments are numbers or false
  CXBus.subscribe("ClickToCall.opened", ({ data }) => data.opened.getTime());
  // @ts-expect-error a form is made of inputs
  CXBus.command("ClickToCall.open", { formJSON: { wrapper: "<table></table>" } });
  // @ts-expect-error a list
  Warmcall.mount({ clicktocall: { formJSON: { inputs: [{ options: "none" }] } } });
  // @ts-expect-error not known
  Warmcall.mount({ clicktocall: { sight: "demo" } });
  // @ts-expect-error only auto
  Warmcall.mount({ main: { mobileMode: "never" } });
  // @ts-expect-error read only
  Warmcall.version = "2";
  // @ts-expect-error handlers settle by e.deferred with the type they promise
  plugin && plugin.registerCommand<{}, string>("bad", ({ deferred }) => deferred.resolve(3));
}
