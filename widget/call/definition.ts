/** What a form is made of, as pages describe it. */

export interface InputDefinition {
  name?: string;
  id?: string;
  type?: string;
  label?: string | { text?: string; [attribute: string]: unknown };
  options?: OptionDefinition[];
  validate?: (event: unknown, row: unknown, input: unknown, label: unknown, ...tools: unknown[]) => unknown;
  validateWhileTyping?: boolean;
  [attribute: string]: unknown;
}

export interface OptionDefinition {
  text?: string;
  /** Opens a group that holds the entries after it. */
  group?: boolean;
  [attribute: string]: unknown;
}

export interface FormDefinition {
  inputs?: InputDefinition[];
}

/** What a validator gets besides the event and its own elements: jQuery, the bus, the common object. */
export type Tools = readonly [jquery: any, bus: unknown, common: unknown];
