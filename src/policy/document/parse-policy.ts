import { MalformedPolicy, syntaxError } from '../malformed-policy.ts';
import type { PolicyDocument, PolicyKind, PolicyVersion, Statement } from './document.ts';
import { isList, isObject, Positions, readJson } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { readStatement } from './read-statement.ts';
import type { StatementRules } from './read-statement.ts';

export interface ParseOptions {
  readonly kind: PolicyKind;
  /** Of the kind `resource`: repositories of ECR leave Resource out, secrets have it. Required unless told otherwise. */
  readonly resourceElement?: 'required' | 'optional';
}

const elements: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);

/**
 * Reads, checks and compiles a policy document. Its size is checked by sizeFault, since inline policies share theirs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @throws MalformedPolicy, and nothing else, whatever the text
 */
export function parsePolicy(text: string, { kind, resourceElement = 'required' }: ParseOptions): PolicyDocument {
  const block = readJson(text);
  if (!isObject(block)) throw syntaxError('a policy document is a JSON object');
  for (const name of block.members.keys()) {
    if (!elements.has(name)) throw syntaxError(`a policy document has no element "${name}"`);
  }
  const version = readVersion(block.members.get('Version'), kind);
  const rules: StatementRules = {
    kind,
    variables: version === '2012-10-17',
    resourceElement: kind === 'trust' ? 'prohibited' : kind === 'resource' ? resourceElement : 'required',
  };
  const positions = new Positions(text);
  const statements = statementBlocks(block).map((statement, index): Statement => ({
    index,
    ...readStatement(statement, rules),
    start: positions.at(statement.start),
    end: positions.at(statement.end),
  }));
  requireUniqueSids(statements);
  return { kind, version, id: readId(block.members.get('Id'), kind), statements };
}

function readVersion(version: JsonValue | undefined, kind: PolicyKind): PolicyVersion {
  if (version !== undefined && version !== '2008-10-17' && version !== '2012-10-17') {
    throw syntaxError('Version is "2012-10-17" or "2008-10-17"');
  }
  if (kind === 'managed' && version !== '2012-10-17') {
    throw new MalformedPolicy(
      'Policy document must be version 2012-10-17 or greater.',
      `the Version is ${version ?? 'missing, which means 2008-10-17'}`,
    );
  }
  return version ?? '2008-10-17';
}

/** Id stands in policies of resources only. */
function readId(id: JsonValue | undefined, kind: PolicyKind): string | undefined {
  if (id === undefined) return undefined;
  if (typeof id !== 'string') throw syntaxError('Id is a string');
  if (kind !== 'resource' && kind !== 'trust') throw syntaxError('a policy of an identity has no Id');
  return id;
}

function statementBlocks(block: JsonObject): readonly JsonObject[] {
  const value = block.members.get('Statement');
  if (value === undefined) throw syntaxError('a policy document has a Statement');
  const items = isList(value) ? value : [value];
  if (items.length === 0) throw syntaxError('a policy document has a statement at least');
  return items.map((item) => {
    if (!isObject(item)) throw syntaxError('a statement is a JSON object');
    return item;
  });
}

function requireUniqueSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { sid } of statements) {
    if (sid === undefined) continue;
    if (seen.has(sid)) {
      throw new MalformedPolicy(
        'Statement IDs (SID) in a single policy must be unique.',
        `the Sid "${sid}" stands twice`,
      );
    }
    seen.add(sid);
  }
}
