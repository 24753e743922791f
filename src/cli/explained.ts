import { Unavailable } from '../kernel/index.ts';

export interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** The text of an element; the answers that are read here hold no nested elements of the same name. */
function text(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

function inside(xml: string, name: string): string {
  return new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1] ?? '';
}

const places: Readonly<Record<string, string>> = {
  'aws-managed': 'managed by AWS',
  'user-managed': 'a managed policy of the account',
  user: "the user's own",
  group: "a group's",
  role: "the role's own",
  resource: "the resource's",
};

/** The answer of SimulatePrincipalPolicy to one question, for people. */
export function explained(
  { principal, action, resource }: Question,
  xml: string,
): { readonly allowed: boolean; readonly lines: readonly string[] } {
  const decision = text(xml, 'EvalDecision');
  if (decision === undefined) throw new Unavailable('the answer of SimulatePrincipalPolicy has no decision');
  const allowed = decision === 'allowed';
  const statements = [...inside(xml, 'MatchedStatements').matchAll(/<member>(.*?)<\/member>/gs)].map(([, one = '']) => {
    const type = text(one, 'SourcePolicyType') ?? 'none';
    const line = (position: string): string => text(inside(one, position), 'Line') ?? '?';
    const where = places[type] === undefined ? '' : ` (${places[type]})`;
    return `the statement in lines ${line('StartPosition')} to ${line('EndPosition')} of ${text(one, 'SourcePolicyId') ?? '?'}${where}`;
  });
  const missing = [...inside(xml, 'MissingContextValues').matchAll(/<member>([^<]*)<\/member>/g)].map(
    ([, key = '']) => key,
  );
  const outside = text(xml, 'AllowedByPermissionsBoundary') === 'false';
  const verb = allowed ? 'may' : 'may not';
  return {
    allowed,
    lines: [
      `${principal} ${verb} ${action} on ${resource}: ${reason(decision, statements, outside)}`,
      ...(missing.length === 0 ? [] : [`its policies also ask for ${missing.join(', ')}: give them with --context`]),
    ],
  };
}

function reason(decision: string, statements: readonly string[], outside: boolean): string {
  if (decision === 'allowed') return `allowed by ${statements.join(' and ')}`;
  if (decision === 'explicitDeny') return `denied by ${statements.join(' and ')}`;
  return outside ? 'its permissions boundary does not allow it' : 'no policy allows it';
}
