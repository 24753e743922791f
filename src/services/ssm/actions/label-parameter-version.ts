import { ApiError } from '../../../protocol/api/index.ts';
import { neededParameter, scopeOf, type SsmDeps, type SsmHandler } from '../core.ts';
import { versionNotFound } from '../errors.ts';
import { maxLabels } from '../limits.ts';
import { parameterKey, parameters } from '../records/parameter.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
function isLabel(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,100}$/.test(text) && !/^(\d|aws|ssm)/i.test(text);
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html */
export function labelParameterVersion({ db, clock }: SsmDeps): SsmHandler<'LabelParameterVersion'> {
  return async (input, context) => {
    const { result } = await db.transact((tx) => {
      const row = neededParameter(tx, scopeOf(context), { id: input.Name, nowMs: clock.nowMs() });
      const version = input.ParameterVersion ?? row.latest;
      if (version < row.oldest || version > row.latest) throw versionNotFound(input.Name, String(version));
      const valid = input.Labels.filter(isLabel);
      const labels = { ...row.labels, ...Object.fromEntries(valid.map((label) => [label, version])) };
      if (Object.values(labels).filter((one) => one === version).length > maxLabels)
        throw new ApiError(
          'ParameterVersionLabelLimitExceeded',
          `A parameter version can have a maximum of ${maxLabels} labels. Move one or more labels to another version and try again.`,
        );
      tx.put(parameters, parameterKey(row, row.name), { ...row, labels });
      return { InvalidLabels: input.Labels.filter((label) => !isLabel(label)), ParameterVersion: version };
    });
    return result;
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html */
export function unlabelParameterVersion({ db, clock }: SsmDeps): SsmHandler<'UnlabelParameterVersion'> {
  return async (input, context) => {
    const { result } = await db.transact((tx) => {
      const row = neededParameter(tx, scopeOf(context), { id: input.Name, nowMs: clock.nowMs() });
      const version = input.ParameterVersion;
      if (version < row.oldest || version > row.latest) throw versionNotFound(input.Name, String(version));
      const removed = input.Labels.filter((label) => row.labels[label] === version);
      const labels = Object.fromEntries(Object.entries(row.labels).filter(([label]) => !removed.includes(label)));
      tx.put(parameters, parameterKey(row, row.name), { ...row, labels });
      return { RemovedLabels: removed, InvalidLabels: input.Labels.filter((label) => !removed.includes(label)) };
    });
    return result;
  };
}
