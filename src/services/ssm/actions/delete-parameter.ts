import type { Transaction } from '../../../store/index.ts';
import { findParameter, neededParameter, scopeOf, type SsmDeps, type SsmHandler } from '../core.ts';
import { parameterKey, parameters, parameterVersions, versionKey, type ParameterRecord } from '../records/parameter.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html */
export function deleteParameter({ db, clock }: SsmDeps): SsmHandler<'DeleteParameter'> {
  return async (input, context) => {
    await db.transact((tx) => {
      removeParameter(tx, neededParameter(tx, scopeOf(context), { id: input.Name, nowMs: clock.nowMs() }));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
export function deleteParameters({ db, clock }: SsmDeps): SsmHandler<'DeleteParameters'> {
  return async (input, context) => {
    const deleted: string[] = [];
    const invalid: string[] = [];
    // One transaction each: a parameter may have a hundred versions.
    for (const name of new Set(input.Names)) {
      const { result } = await db.transact((tx) => {
        const row = findParameter(tx, scopeOf(context), { id: name, nowMs: clock.nowMs() });
        if (row !== undefined) removeParameter(tx, row);
        return row !== undefined;
      });
      (result ? deleted : invalid).push(name);
    }
    return { DeletedParameters: deleted, InvalidParameters: invalid };
  };
}

export function removeParameter(tx: Transaction, row: ParameterRecord): void {
  for (let version = row.oldest; version <= row.latest; version += 1)
    tx.delete(parameterVersions, versionKey(row, row.name, version));
  tx.delete(parameters, parameterKey(row, row.name));
}
