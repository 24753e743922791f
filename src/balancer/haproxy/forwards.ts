import type { ForwardAction, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import { backendName, type SecretNames } from './names.ts';
import { pageLine, type ConfigurationFiles } from './pages.ts';

export interface RuleContext {
  readonly loadBalancer: LoadBalancerConfig;
  readonly zone: string | undefined;
  readonly names: SecretNames;
  readonly files: ConfigurationFiles;
  /** Of the frontend and the rule: unique. */
  readonly label: string;
  /** ` if …` that is true for requests of this rule, or `` for all. */
  readonly when: string;
}

/** Parts of a configuration that one rule adds. */
export interface RuleParts {
  readonly http: readonly string[];
  readonly use: readonly string[];
  /** Sections of its own. */
  readonly sections: readonly string[];
}

/** Requests of a rule to its target groups: exactly by weight, unless a cookie keeps the client where it was. */
export function forwardParts(action: ForwardAction, context: RuleContext): RuleParts {
  const { loadBalancer, zone, names, files, label, when } = context;
  const able = action.targetGroups.filter(({ weight }) => weight > 0);
  const [first] = able;
  if (first === undefined) return { http: [`${pageLine(503, files)}${when}`], use: [], sections: [] };
  const backend = (arn: string): string => backendName(loadBalancer.arn, arn, zone);
  const sticky = action.stickinessMs !== undefined;
  const token = (arn: string): string => (sticky ? `http-request set-var(txn.group) str(${names.group(arn)})` : '');
  const lasting = sticky ? [`http-request set-var(txn.groupms) int(${action.stickinessMs})${when}`] : [];
  if (able.length === 1) {
    const said = token(first.arn);
    const use = `use_backend ${backend(first.arn)}${when}`;
    return { http: said === '' ? [] : [...lasting, `${said}${when}`], use: [use], sections: [] };
  }
  const and = (condition: string): string => (when === '' ? ` if ${condition}` : `${when} ${condition}`);
  const undecided = '!{ var(txn.backend) -m found }';
  const http: string[] = [...lasting];
  const choose = (arn: string, condition: string): void => {
    if (sticky) http.push(`${token(arn)}${and(`${undecided} ${condition}`)}`);
    http.push(`http-request set-var(txn.backend) str(${backend(arn)})${and(`${undecided} ${condition}`)}`);
  };
  if (sticky) for (const { arn } of able) choose(arn, `{ req.cook(AWSALBTG) -m str ${names.group(arn)} }`);
  const { total, stride } = turns(able.map(({ weight }) => weight));
  http.push(`http-request track-sc0 int(1) table ${label}${and(undecided)}`);
  http.push(`http-request set-var(txn.turn) sc_inc_gpc0(0),mul(${stride}),mod(${total})${and(undecided)}`);
  let below = 0;
  const divisor = commonDivisor(able.map(({ weight }) => weight));
  for (const { arn, weight } of able) {
    below += weight / divisor;
    choose(arn, `{ var(txn.turn) -m int lt ${below} }`);
  }
  return {
    http,
    use: [`use_backend %[var(txn.backend)]${and('{ var(txn.backend) -m found }')}`],
    sections: [`backend ${label}\n  stick-table type integer size 1 store gpc0`],
  };
}

/** Counting up by `stride` modulo `total` comes to every number once a round, far from the one before. */
export function turns(weights: readonly number[]): { readonly total: number; readonly stride: number } {
  const divisor = commonDivisor(weights);
  const total = weights.reduce((sum, weight) => sum + weight / divisor, 0);
  const golden = 0.618_033_988_75;
  let stride = Math.max(1, Math.round(total * golden));
  while (gcd(stride, total) !== 1) stride += 1;
  return { total, stride };
}

function commonDivisor(numbers: readonly number[]): number {
  return numbers.reduce(gcd, 0);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
