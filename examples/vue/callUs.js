import { h, onMounted, onUnmounted } from "vue";

/**
 * Has the widget in the page as long as the component is there. The page's HTML loads the script, which waits:
 * <script async src="https://call.example.com/warmcall.js" data-mount="off"></script>
 */
export function useWarmcall(site, group) {
  let script;
  const mount = () => window.Warmcall.mount({ clicktocall: { site, group, launcher: false } });
  onMounted(() => {
    script = document.querySelector('script[src$="/warmcall.js"]');
    if (window.Warmcall) mount();
    else script.addEventListener("load", mount);
  });
  onUnmounted(() => {
    script.removeEventListener("load", mount);
    window.Warmcall?.unmount();
  });
}

/** A link that opens the panel, and dials where scripts do not run. */
export const CallUs = {
  props: ["site", "group", "number", "userData"],
  setup(props, { slots }) {
    useWarmcall(props.site, props.group);
    return () =>
      h(
        "a",
        {
          href: `tel:${props.number}`,
          "data-warmcall-open": "",
          "data-warmcall-user-data": JSON.stringify(props.userData ?? {}),
        },
        slots.default?.(),
      );
  },
};
