import { ApiError } from '../../../protocol/api/index.ts';
import type { Parameter } from '../../../protocol/generated/ssm.ts';
import {
  neededParameter,
  presentRows,
  scopeOf,
  shownValue,
  type Rows,
  type SsmDeps,
  type SsmHandler,
} from '../core.ts';
import { validationException, versionNotFound } from '../errors.ts';
import { readName, type NameWithSelector } from '../names.ts';
import { parameterArn, parameterVersions, versionKey, type ParameterRecord, type Scope } from '../records/parameter.ts';

export interface Reading {
  readonly scope: Scope;
  readonly nowMs: number;
  readonly withDecryption: boolean | undefined;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export function getParameter(deps: SsmDeps): SsmHandler<'GetParameter'> {
  return (input, context) => ({
    Parameter: readParameter(deps, input.Name, {
      scope: scopeOf(context),
      nowMs: deps.clock.nowMs(),
      withDecryption: input.WithDecryption,
    }),
  });
}

/**
 * Names that are wrong, or of nothing, are told beside those that were read.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
export function getParameters(deps: SsmDeps): SsmHandler<'GetParameters'> {
  return (input, context) => {
    const reading = {
      scope: scopeOf(context),
      nowMs: deps.clock.nowMs(),
      withDecryption: input.WithDecryption,
    };
    if (new Set(input.Names).size !== input.Names.length)
      throw validationException('Duplicate parameter names are not allowed in one request.');
    const Parameters: Parameter[] = [];
    const InvalidParameters: string[] = [];
    for (const name of input.Names) {
      try {
        Parameters.push(readParameter(deps, name, reading));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        InvalidParameters.push(name);
      }
    }
    return { Parameters, InvalidParameters };
  };
}

/** @throws ParameterNotFound, ParameterVersionNotFound */
function readParameter(deps: SsmDeps, text: string, reading: Reading): Parameter {
  const rows = presentRows(deps.db);
  const named = readName(text);
  const row = neededParameter(rows, reading.scope, { id: named.id, nowMs: reading.nowMs });
  const version = selectedVersion(row, named);
  return {
    ...shownParameter(rows, deps, row, { version, withDecryption: reading.withDecryption }),
    ...(named.selector === undefined ? {} : { Selector: named.selector }),
  };
}

function selectedVersion(row: ParameterRecord, { id, selector }: NameWithSelector): number {
  if (selector === undefined) return row.latest;
  const wanted = selector.slice(1);
  const version = /^\d+$/.test(wanted)
    ? Number(wanted)
    : Object.hasOwn(row.labels, wanted)
      ? row.labels[wanted]
      : undefined;
  if (version === undefined || version < row.oldest || version > row.latest) throw versionNotFound(id, wanted);
  return version;
}

export function shownParameter(
  rows: Rows,
  { sealer }: SsmDeps,
  row: ParameterRecord,
  how: { readonly version: number; readonly withDecryption: boolean | undefined },
): Parameter {
  const kept = rows.get(parameterVersions, versionKey(row, row.name, how.version));
  if (kept === undefined) throw versionNotFound(row.name, String(how.version));
  return {
    Name: row.name,
    Type: row.type,
    Value: shownValue(sealer, kept, how.withDecryption),
    Version: kept.version,
    LastModifiedDate: kept.modifiedAtMs,
    ARN: parameterArn(row),
    DataType: 'text',
  };
}
