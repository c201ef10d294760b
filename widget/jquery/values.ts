/** Plain values: merging of objects, and how attributes are read as data. */

const isPlain = (value: any): boolean =>
  !!value && typeof value == "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** `extend([deep,] target, …sources)`: later sources win, `undefined` never does. */
export function extend(...given: any[]): any {
  const deep = given[0] === true;
  const [target, ...sources] = typeof given[0] == "boolean" ? given.slice(1) : given;
  const into = target && /object|function/.test(typeof target) ? target : {};
  for (const source of sources)
    for (const name in source ?? {}) {
      const value = source[name];
      if (name == "__proto__" || value === into) continue;
      if (deep && Array.isArray(value)) into[name] = extend(true, Array.isArray(into[name]) ? into[name] : [], value);
      else if (deep && isPlain(value)) into[name] = extend(true, isPlain(into[name]) ? into[name] : {}, value);
      else if (value !== undefined) into[name] = value;
    }
  return into;
}

export const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());

/** An attribute's text as the value it looks like. */
export function valueOf(text: string): unknown {
  try {
    const value = JSON.parse(text);
    return (value && typeof value == "object") || String(value) == text ? value : text;
  } catch {
    return text;
  }
}
