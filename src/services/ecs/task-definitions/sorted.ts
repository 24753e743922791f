/** The first position whose value is not less than `value`; the length when all are. */
export function lowerBound<Value extends string | number>(sorted: readonly Value[], value: Value): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Value) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Inserts a value unless it is there. */
export function insertSorted<Value extends string | number>(sorted: Value[], value: Value): void {
  const at = lowerBound(sorted, value);
  if (sorted[at] !== value) sorted.splice(at, 0, value);
}

/** Removes a value if it is there. */
export function removeSorted<Value extends string | number>(sorted: Value[], value: Value): void {
  const at = lowerBound(sorted, value);
  if (sorted[at] === value) sorted.splice(at, 1);
}
