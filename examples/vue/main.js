import { createApp, h, ref } from "vue";
import { CallUs } from "./callUs.js";

createApp({
  setup() {
    const isShown = ref(true);
    const link = { site: "demo", group: "sales", number: "+18005550199", userData: { product: "Chair" } };
    return () =>
      h("main", [
        h("button", { onClick: () => (isShown.value = !isShown.value) }, "Next page"),
        isShown.value && h(CallUs, link, () => "Call us"),
      ]);
  },
}).mount("#app");
