/**
 * Types of the page API: `window.Warmcall`, `window.CXBus`, `window._genesys.widgets`.
 *
 * A page's own plugins are made known by adding to `Warmcall.Commands` and `Warmcall.Events`:
 *
 *     declare namespace Warmcall {
 *       interface Commands { "Cart.add": Command<{ article: string }, number> }
 *       interface Events { "Cart.changed": { articles: string[] } }
 *     }
 */

declare namespace Warmcall {
  type Options = Record<string, any>;
  /** Milliseconds since the epoch, or `false` if it did not happen. */
  type Moment = number | false;

  // The bus

  interface Command<Given = {}, Result = void> {
    options: Given;
    result: Result;
  }
  type NameOf<Map> = keyof Map | (string & {});
  type OptionsOf<Name> = Name extends keyof Commands ? Commands[Name]["options"] : Options;
  type ResultOf<Name> = Name extends keyof Commands ? Commands[Name]["result"] : any;
  type DataOf<Name> = Name extends keyof Events ? Events[Name] : any;

  type Callback<Value = any> = (value: Value) => unknown;
  type Callbacks<Value = any> = Callback<Value> | Callback<Value>[] | null | undefined;

  /** What `command` returns. Callbacks run at the moment of settling, or at once when settled already. */
  interface CommandPromise<Result = any> extends PromiseLike<Result> {
    done(...callbacks: Callbacks<Result>[]): this;
    fail(...callbacks: Callbacks<any>[]): this;
    always(...callbacks: Callbacks[]): this;
    progress(...callbacks: Callbacks[]): this;
    then<A = Result, B = never>(
      onDone?: ((value: Result) => A | PromiseLike<A>) | null,
      onFail?: ((reason: any) => B | PromiseLike<B>) | null,
      onProgress?: Callbacks,
    ): Promise<A | B>;
    promise(): CommandPromise<Result>;
    state(): "pending" | "resolved" | "rejected";
    isResolved(): boolean;
    isRejected(): boolean;
  }

  /** The settling side; its three functions work without `this`. */
  interface Deferred<Result = any> extends CommandPromise<Result> {
    resolve(value?: Result): void;
    reject(reason?: unknown): void;
    notify(value?: unknown): void;
  }

  interface CommandEvent<Given = Options, Result = any> {
    time: number;
    commander: string;
    command: string;
    deferred: Deferred<Result>;
    data: Given;
  }

  interface BusEvent<Data = any> {
    time: number;
    publisher: string;
    event: string;
    data: Data;
  }

  interface Commander {
    command<Name extends NameOf<Commands>>(name: Name, options?: OptionsOf<Name>): CommandPromise<ResultOf<Name>>;
    /** Returns the event's name, or `false` without a function. */
    subscribe<Name extends NameOf<Events>>(
      name: Name,
      handler: (event: BusEvent<DataOf<Name>>) => unknown,
    ): string | false;
    /** `data(k, v)` stores and publishes; `data(k)`, `data("Other.k")` and `data()` read. */
    data(name?: string, value?: unknown): any;
  }

  interface Plugin extends Commander {
    publish(name: string, data?: unknown): true;
    publishDirect(name: string, data?: unknown): true;
    /** Publishes; later subscribers get the last republished data at once. */
    republish(name: string, data?: unknown): true;
    unsubscribe(name: NameOf<Events>): boolean;
    /** An object that `hook` returns replaces the options; anything else cancels the command. */
    before<Name extends NameOf<Commands>>(name: Name, hook: (options: OptionsOf<Name>) => unknown): true;
    registerCommand<Given = Options, Result = any>(
      name: string,
      handler: (event: CommandEvent<Given, Result>) => unknown,
    ): true;
    registerEvents(names: string | string[]): void;
    namespace(): string;
    subscribers(): Record<string, string[]>;
    registry(): Registry;
    /** Marks the plugin ready and runs the commands that were waiting for it. */
    ready(): void;
  }

  type Registry = Record<string, { events: string[]; commands: string[] }>;

  interface BusOptions {
    debug?: boolean;
    async?: boolean;
    log?: boolean;
    logStore?: boolean;
    loadPlugins?: boolean;
    pluginsPath?: string;
    pluginFilenameFormat?: string;
    pluginMap?: Record<string, string | false>;
    unlocked?: boolean;
  }

  /** `window.CXBus` */
  interface Bus extends Commander {
    /** `false` when the name is taken or registration is locked. */
    registerPlugin(name: string): Plugin | false;
    registerMaster(): { lock(): void; unlock(): void; config(options: BusOptions): void } | undefined;
    configure(options: BusOptions): void;
    loadPlugin(name: string): CommandPromise<void>;
    loadFile(url: string): CommandPromise<void>;
    loadModule(name: string): CommandPromise;
    registerModule(name: string, value: unknown): boolean;
    /** Only while `configure({unlocked: true})` is in force. */
    getPluginInterface?(name: string): Plugin | false;
  }

  /** `window._genesys.widgets.bus` */
  interface QuickBus extends Plugin {
    registerPlugin(name: string): Plugin | false;
  }

  // Configuration

  /** Languages, then namespaces, then keys. */
  type LanguagePack = Record<string, Record<string, Record<string, string>>>;
  type Extension = string | (($: any, bus: Bus, common: any, ...helpers: any[]) => unknown);

  interface MainOptions {
    lang?: string;
    i18n?: string | LanguagePack;
    theme?: string;
    themes?: Record<string, string>;
    mobileMode?: "auto" | boolean;
    mobileModeBreakpoint?: number;
    zoomBreakpoint?: string;
    preload?: string[];
    pluginLoadDelay?: number;
    customStylesheetID?: string;
    transitions?: boolean;
    timeFormat?: 12 | 24 | "12" | "24";
    header?: { Authorization?: string; apikey?: string; [name: string]: unknown };
    cookieOptions?: Record<string, string | boolean>;
    deploymentID?: string;
    mockData?: boolean;
    debug?: boolean;
    debugTimestamps?: boolean;
    downloadGoogleFont?: boolean;
    googleFontUrl?: string;
    iconSet?: string;
    plugins?: string[];
  }

  interface ClickToCallOptions {
    site?: string;
    group?: string;
    fallbackNumber?: string;
    launcher?: boolean | { label?: string; position?: string };
    userData?: Options;
    formJSON?: FormDefinition;
    provideAccessCode?: boolean;
    autoDialAccessCode?: boolean;
    enableCountdown?: boolean;
    /** Percentages left at which a screen reader says the time; `false`: every second. */
    ariaNumberExpirationIntervals?: number[] | false;
    unminimizeOnAlert?: boolean;
    confirmFormCloseEnabled?: boolean;
    servicePlugin?: string;
    dataURL?: string;
    apikey?: string | number;
    /** Milliseconds. */
    ajaxTimeout?: number;
    /** Threshold and interval in seconds. */
    ewt?: { display?: boolean; queue?: string; threshold?: number; refreshInterval?: number };
    storage?: "session" | "cookie";
    /** Whether there is a choice of countries beside the phone number, or which (ISO 3166-1); without a list the group's. */
    countrySelect?: boolean | string[];
    /** Gets a token of your CAPTCHA provider, where the server asks for one. */
    challenge?: (challenge: { kind: string; siteKey?: string }) => string | Promise<string>;
  }

  interface FormDefinition {
    /** Markup of the element that gets the rows. */
    wrapper?: string;
    inputs: InputDefinition[];
  }

  interface InputDefinition {
    name?: string;
    id?: string;
    type?: "text" | "select" | "textarea" | "checkbox" | "radio" | "hidden" | "tel" | "email" | (string & {});
    label?: string | { text?: string; [attribute: string]: unknown };
    options?: { text?: string; value?: string; group?: boolean; [attribute: string]: unknown }[];
    value?: string | number | (() => unknown);
    /** Markup of the row, with `{label}` and `{input}` in it. */
    wrapper?: string;
    /** Markup that is the row. */
    custom?: string;
    /** `event` is the browser's, or `{}` when the form is sent; the next three are jQuery objects. */
    validate?: (event: any, row: any, input: any, label: any, $: any, bus: Bus, common: any) => unknown;
    validateWhileTyping?: boolean;
    /** Any other attribute; a function is a handler. */
    [attribute: string]: unknown;
  }

  /** `window._genesys.widgets` */
  interface Configuration {
    main?: MainOptions;
    clicktocall?: ClickToCallOptions;
    extensions?: Record<string, Extension>;
    onReady?: (bus: QuickBus) => void;
    /** There once App has started. */
    bus?: QuickBus;
    common?: any;
    [namespace: string]: unknown;
  }

  // What ClickToCall tells

  interface Prefill {
    firstname?: string;
    lastname?: string;
    phonenumber?: string | number;
    /** Exactly `true` sends the form as soon as it is open. */
    autoSubmit?: boolean;
    [input: string]: unknown;
  }

  interface OpenOptions {
    form?: Prefill | string;
    formJSON?: FormDefinition;
    userData?: Options;
    fallbackNumber?: string;
    actionID?: unknown;
    media?: unknown;
  }

  interface Metadata {
    proactive: false;
    ready: Moment;
    opened: Moment;
    started: Moment;
    cancelled: Moment;
    expired: Moment;
    completed: Moment;
    closed: Moment;
    /** What was sent; `{}` before. */
    form: Options;
  }

  interface NumberReceived {
    error: boolean;
    netfail: boolean;
    errormsg: string;
    sPhoneNumber?: string;
    sAccessCode?: string;
    sPhoneTelHref?: string;
    /** Seconds. */
    iExpireTime?: number;
    /** Of Warmcall's own API. */
    id?: string;
    code?: string;
    nextOpening?: string | null;
    fallbackNumber?: string;
  }

  interface RestoredNumber {
    bRestoreSuccess: true;
    sPhoneNumber: string;
    sPhoneTelHref: string;
    sAccessCode: string;
    /** Seconds left, negative when expired; also under its old spelling. */
    iExpireTime: number;
    iExipreTime: number;
  }

  interface CallStatus {
    id: string;
    status:
      | "waiting"
      | "call_received"
      | "code_refused"
      | "matched"
      | "connected"
      | "ended"
      | "expired"
      | "cancelled";
    triesLeft?: number;
    [detail: string]: unknown;
  }

  // What the other plugins take and give. Markup is text, an element or a jQuery set; sets that are given back are jQuery's.

  type Markup = string | Element | { [index: number]: Element; length: number };

  interface DockView {
    id: string;
    html: any;
    owner: string;
    close(then?: () => void): void;
  }

  interface OverlayOptions {
    html: Markup;
    modal?: boolean;
    overlay?: boolean;
    immutable?: boolean;
    position?: "center" | "left" | "right" | "bottom";
    alignment?: { top?: number | string; right?: number | string; bottom?: number | string; left?: number | string };
    maxWidth?: number | string;
    mobileOverlay?: "fitContent" | "fullScreen";
    group?: unknown;
    styles?: Options;
    cobrowseVisible?: boolean;
  }

  interface ToastOptions {
    type?: "custom" | (string & {});
    title?: string;
    icon?: string;
    body?: Markup;
    /** Of the type `custom`, instead of `body`. */
    html?: Markup;
    controls?: string;
    buttons?: { type?: "binary"; primary?: string; secondary?: string };
    immutable?: boolean;
  }

  interface SideBarOptions {
    channels?: Options[];
    position?: "right" | "left";
    showOnStartup?: boolean;
    expandOnHover?: boolean;
  }

  interface ChannelSelectorOptions {
    channels?: Options[];
    servicePlugin?: string;
    /** Seconds. */
    ewtRefreshInterval?: number;
  }

  interface CallUsOptions {
    contacts?: { displayName?: string; i18n?: string; number: string }[];
    hours?: string[];
  }

  interface StatsOptions {
    ewt?: { dataURL?: string; apikey?: string; apiVersion?: "v1" | "v2" | "v3"; mode?: string };
    /** Milliseconds. */
    ajaxTimeout?: number;
  }

  /** Of one queue `{ewt}` in seconds; of several `{queue: {ewt}}`. */
  type WaitingTimes = Record<string, any>;

  interface RemoteAction {
    type: "command";
    name: string;
    data?: Options;
    /** `true`: until it has settled; a number: so many milliseconds. */
    wait?: boolean | number;
  }

  interface Commands {
    "App.setTheme": Command<{ theme: string }, string>;
    "App.getTheme": Command<{}, string>;
    "App.reTheme": Command<{ html: any }, any>;
    "App.themeDemo": Command<{ delay?: number }>;
    "App.setLanguage": Command<{ lang: string }>;
    "App.registerI18n": Command<{ namespace: string; i18n: Record<string, string>; lang?: string }>;
    "App.closeAll": Command;
    "App.registerAutoLoad": Command<{ name?: string }>;
    "App.deregisterAutoLoad": Command<{ name?: string }>;
    "App.registerExtension": Command<{ name: string; extension: Extension }>;
    "App.registerPlugin": Command<{ plugin: ($: any, bus: Bus, common: any) => unknown }>;
    "App.updateAJAXHeader": Command<{ header: Record<string, unknown> }, CommandEvent>;
    "App.removeAJAXHeader": Command;
    "App.about": Command;
    "App.info": Command;
    "App.credits": Command;
    "App.debug": Command;
    "ClickToCall.configure": Command<ClickToCallOptions>;
    /** Rejects `already opened`, `Invalid form`. */
    "ClickToCall.open": Command<OpenOptions>;
    /** Rejects `already closed`, `User must confirm close`. */
    "ClickToCall.close": Command;
    "ClickToCall.minimize": Command;
    "ClickToCallService.configure": Command<ClickToCallOptions>;
    "ClickToCallService.restore": Command<{}, RestoredNumber | { bRestoreSuccess: false }>;
    "ClickToCallService.requestNumber": Command<Options, NumberReceived>;
    "ClickToCallService.cancel": Command;
    /** Rejects `No HTML content provided.`, `<id> is already registered. Ignoring.` */
    "WindowManager.registerDockView": Command<{ html: Markup; id?: string }, DockView>;
    "WindowManager.deregisterDockView": Command<{ id?: string }>;
    "WindowManager.registerSideButton": Command<{ template: Markup; show?: boolean }>;
    "WindowManager.changed": Command;
    "Overlay.open": Command<
      OverlayOptions,
      { html: any; group: unknown; events: { close: string; closeAttempt: string } }
    >;
    "Overlay.close": Command;
    "Overlay.immutable": Command;
    "Overlay.mutable": Command;
    "Overlay.back": Command<{}, any>;
    "Toaster.open": Command<ToastOptions, { html: any; events: { close: string } }>;
    "Toaster.close": Command;
    "SideBar.configure": Command<SideBarOptions>;
    "SideBar.open": Command;
    "SideBar.close": Command;
    "SideBar.expand": Command;
    "SideBar.contract": Command;
    "SideBar.addButton": Command<
      { button: { name: string; title?: string; class?: string; icon?: string; position?: number } },
      { html: any; event: string }
    >;
    "ChannelSelector.configure": Command<ChannelSelectorOptions>;
    "ChannelSelector.open": Command;
    "ChannelSelector.close": Command;
    "ChannelSelector.displayStats": Command;
    "ChannelSelector.enableStats": Command;
    "ChannelSelector.disableStats": Command;
    "CallUs.configure": Command<CallUsOptions>;
    "CallUs.open": Command;
    "CallUs.close": Command;
    "StatsService.configure": Command<StatsOptions>;
    "StatsService.getStats": Command<
      { group?: "EWT"; vqName: string | string[]; mode?: string; apikey?: string },
      WaitingTimes
    >;
    "Console.configure": Command<{ open?: boolean }>;
    "Console.open": Command;
    "Console.close": Command;
    "Console.restore": Command;
    /** Each gives the name of the event it will publish; time in seconds. */
    "Watchman.interval": Command<{ time: number }, string>;
    "Watchman.alarm": Command<{ time: number }, string>;
    "Watchman.countdown": Command<{ time: number }, string>;
    /** Seconds. */
    "Watchman.uptime": Command<{}, number>;
    "Watchman.idle": Command<{}, number>;
    /** Milliseconds since the epoch. */
    "Watchman.startTime": Command<{}, number>;
    "Watchman.time": Command<{}, number>;
    "Remote.execute": Command<{ actions: RemoteAction[] }>;
    "Common.generateContainer": Command<Options, any>;
    "Common.generateButtons": Command<Options, any>;
    "Common.async": Command<{ func: () => unknown }, any>;
  }

  interface Events {
    "App.ready": Configuration;
    "App.theme": { theme: string };
    "App.language": string;
    "App.i18n": Record<string, Record<string, string>>;
    "App.timeFormat": { timeFormat: 12 | 24 };
    "App.requestHeaderUpdated": { Authorization?: string; apikey?: string };
    "App.mobileMode": {};
    "App.zoom": { layout: "mobile" | "desktop" };
    "App.closeAll": {};
    "App.focus": {};
    "App.blur": {};
    "ClickToCall.ready": {};
    "ClickToCall.opened": Metadata;
    "ClickToCall.closed": Metadata;
    "ClickToCall.started": Metadata;
    "ClickToCall.cancelled": Metadata;
    "ClickToCall.submitted": Metadata;
    "ClickToCall.completed": Metadata;
    "ClickToCall.expired": Metadata;
    "ClickToCall.minimized": {};
    "ClickToCall.unminimized": {};
    "ClickToCallService.ready": {};
    "ClickToCallService.restored": RestoredNumber;
    "ClickToCallService.numberReceived": NumberReceived;
    "ClickToCallService.callStatus": CallStatus;
    "WindowManager.ready": {};
    "WindowManager.changed": { registry: Record<string, { id: string; owner: string; html: Element }> };
    "Overlay.ready": {};
    "Toaster.ready": {};
    "Toaster.opened": {};
    "Toaster.closed": {};
    "SideBar.ready": {};
    "SideBar.opened": {};
    "SideBar.expanded": {};
    "SideBar.contracted": {};
    "SideBar.closed": {};
    "ChannelSelector.ready": {};
    "ChannelSelector.opened": {};
    "ChannelSelector.closed": {};
    "CallUs.ready": {};
    "CallUs.opened": {};
    "CallUs.closed": {};
    "StatsService.ready": {};
    "StatsService.updated": WaitingTimes;
    "StatsService.error.ewt": { vqName: string };
    "Console.ready": {};
    "Console.opened": {};
    "Console.closed": {};
    "Watchman.ready": {};
    "Watchman.tick": { time: number };
    "Remote.ready": {};
    "Common.ready": {};
  }

  /** `window.Warmcall` */
  interface Script {
    readonly version: string;
    /** Whether the widget is in the page, as the page's configuration has it. */
    readonly mounted: boolean;
    /** Puts it there; with other options than before once more, else it does nothing. */
    mount(options?: Pick<Configuration, "main" | "clicktocall" | "extensions" | "onReady">): void;
    /** Takes it out, and all it has made in the page. */
    unmount(): void;
  }
}

declare const Warmcall: Warmcall.Script;
declare const CXBus: Warmcall.Bus;

interface Window {
  Warmcall: Warmcall.Script;
  CXBus: Warmcall.Bus;
  _genesys?: { widgets?: Warmcall.Configuration; cxwidget?: Warmcall.Configuration; [name: string]: unknown };
}
