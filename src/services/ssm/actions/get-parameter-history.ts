import type { ParameterHistory } from '../../../protocol/generated/ssm.ts';
import { neededParameter, presentRows, scopeOf, shownValue, type SsmDeps, type SsmHandler } from '../core.ts';
import { invalidNextToken } from '../errors.ts';
import { maxHistoryPage } from '../limits.ts';
import { readName } from '../names.ts';
import { parameterVersions, versionKey } from '../records/parameter.ts';
import { shownPolicies } from './list-parameters.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html */
export function getParameterHistory({ db, clock, sealer }: SsmDeps): SsmHandler<'GetParameterHistory'> {
  return (input, context) => {
    const rows = presentRows(db);
    const row = neededParameter(rows, scopeOf(context), { id: readName(input.Name).id, nowMs: clock.nowMs() });
    const { NextToken: token = String(row.oldest) } = input;
    if (!/^\d{1,15}$/.test(token)) throw invalidNextToken();
    const first = Math.max(Number(token), row.oldest);
    const last = Math.min(first + (input.MaxResults ?? maxHistoryPage) - 1, row.latest);
    const shown: ParameterHistory[] = [];
    for (let version = first; version <= last; version += 1) {
      const kept = rows.get(parameterVersions, versionKey(row, row.name, version));
      if (kept === undefined) continue;
      shown.push({
        Name: row.name,
        Type: row.type,
        ...(row.type === 'SecureString' ? { KeyId: 'alias/aws/ssm' } : {}),
        LastModifiedDate: kept.modifiedAtMs,
        LastModifiedUser: kept.modifiedBy,
        ...(kept.description === undefined ? {} : { Description: kept.description }),
        Value: shownValue(sealer, kept, input.WithDecryption),
        ...(kept.allowedPattern === undefined ? {} : { AllowedPattern: kept.allowedPattern }),
        Version: version,
        Labels: Object.keys(row.labels).filter((label) => row.labels[label] === version),
        Tier: kept.tier,
        Policies: version === row.latest ? shownPolicies(row) : [],
        DataType: 'text',
      });
    }
    return { Parameters: shown, ...(last < row.latest ? { NextToken: String(last + 1) } : {}) };
  };
}
