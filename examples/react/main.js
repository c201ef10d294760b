import { createElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { CallUs } from "./CallUs.js";

function Shop() {
  const [isShown, show] = useState(true);
  return createElement(
    "main",
    null,
    createElement("button", { onClick: () => show(!isShown) }, "Next page"),
    isShown &&
      createElement(CallUs, { site: "demo", group: "sales", number: "+18005550199", userData: { product: "Chair" } }, "Call us"),
  );
}

createRoot(document.querySelector("#app")).render(createElement(StrictMode, null, createElement(Shop)));
