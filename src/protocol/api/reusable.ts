/** Where a writer keeps the JSON it made of a reusable value, and the shape it wrote it as. */
export const keptJson: unique symbol = Symbol('kept JSON');

export interface Reusable {
  /** null: not written yet; absent: the value is not reusable. */
  [keptJson]?: { readonly shape: object; readonly bytes: Uint8Array } | null;
}

/**
 * Marks an output, or a structure inside one, that never changes and will be returned again, such as a task at one
 * revision: its JSON is written once and kept as long as the object lives. Writing is most of what a large answer costs.
 */
export function reusable<T extends object>(value: T): T {
  Object.defineProperty(value, keptJson, { value: null, writable: true, enumerable: false });
  return value;
}
