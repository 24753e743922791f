/** The JSON of an object whatever the order its members were written in; of nested objects the order counts. */
export function stableJson(value: object): string {
  return JSON.stringify(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
