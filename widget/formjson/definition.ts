/** What a form is made of, as pages describe it, and what of a description cannot be understood. */

import type { Options } from "../bus/types";

export interface InputDefinition {
  name?: string;
  id?: string;
  type?: string;
  label?: string | { text?: string; [attribute: string]: unknown };
  options?: OptionDefinition[];
  /** Markup of the row, with `{label}` and `{input}` in it. */
  wrapper?: string;
  /** Markup that is the row; all else is ignored. */
  custom?: string;
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
  /** Markup of an element that gets the rows. */
  wrapper?: string;
  inputs: InputDefinition[];
}

type Kind = "a list" | "an object" | "a string" | "a function" | "true or false" | "a string or an object";

const FORM: Record<string, Kind> = { wrapper: "a string" };
const INPUT: Record<string, Kind> = {
  name: "a string",
  id: "a string",
  type: "a string",
  label: "a string or an object",
  options: "a list",
  wrapper: "a string",
  custom: "a string",
  validate: "a function",
  validateWhileTyping: "true or false",
};

const isObject = (value: unknown): value is Options =>
  !!value && typeof value == "object" && !Array.isArray(value);

const TESTS: Record<Kind, (value: unknown) => boolean> = {
  "a list": Array.isArray,
  "an object": isObject,
  "a string": (value) => typeof value == "string",
  "a function": (value) => typeof value == "function",
  "true or false": (value) => typeof value == "boolean",
  "a string or an object": (value) => typeof value == "string" || isObject(value),
};

/** @returns A line for each fault, with its path: `inputs[2].options: expected a list`. */
export function faultsOf(definition: unknown): string[] {
  const faults: string[] = [];
  const expect = (value: unknown, path: string, kind: Kind): boolean => {
    const fits = TESTS[kind](value);
    if (!fits) faults.push(`${path}: expected ${kind}`);
    return fits;
  };
  const expectAll = (of: Options, path: string, kinds: Record<string, Kind>) => {
    for (const name in kinds) if (of[name] != null) expect(of[name], path + name, kinds[name]!);
  };

  if (!expect(definition, "formJSON", "an object")) return faults;
  const form = definition as Options;
  expectAll(form, "", FORM);
  if (!expect(form.inputs, "inputs", "a list")) return faults;
  for (const [index, input] of form.inputs.entries()) {
    const path = `inputs[${index}]`;
    if (!expect(input, path, "an object")) continue;
    expectAll(input, path + ".", INPUT);
    if (typeof input.wrapper == "string" && !input.wrapper.includes("{input}"))
      faults.push(`${path}.wrapper: expected {input} in it`);
    if (Array.isArray(input.options))
      for (const [at, option] of input.options.entries()) expect(option, `${path}.options[${at}]`, "an object");
  }
  return faults;
}
