import type { BalancerReport, TargetHealth, TargetHealthState } from '../../../balancer-protocol/index.ts';
import { gatewayLimits } from './limits.ts';

const states: readonly TargetHealthState[] = ['initial', 'healthy', 'unhealthy'];

/** The codes that AWS gives for a target in use, with the state each belongs to. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html */
const reasons: Readonly<Record<string, TargetHealthState>> = {
  'Elb.RegistrationInProgress': 'initial',
  'Elb.InitialHealthChecking': 'initial',
  'Target.ResponseCodeMismatch': 'unhealthy',
  'Target.Timeout': 'unhealthy',
  'Target.FailedHealthChecks': 'unhealthy',
  'Elb.InternalError': 'unhealthy',
};

type Fields = Readonly<Record<string, unknown>>;

/** A data plane's frame; undefined when it is none. Long texts are cut. */
export function readReport(text: string): BalancerReport | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(parsed)) return undefined;
  switch (parsed['type']) {
    case 'applied': {
      const { sequence } = parsed;
      return typeof sequence === 'number' && Number.isSafeInteger(sequence) ? { type: 'applied', sequence } : undefined;
    }
    case 'health': {
      const targets = readList(parsed['targets'], readHealth);
      return targets && { type: 'health', targets };
    }
    case 'drained': {
      const targets = readList(parsed['targets'], readTarget);
      return targets && { type: 'drained', targets };
    }
    case 'listeners': {
      const listeners = readList(parsed['listeners'], readListener);
      return listeners && { type: 'listeners', listeners };
    }
    default:
      return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readList<Item>(value: unknown, read: (fields: Fields) => Item | undefined): readonly Item[] | undefined {
  if (!Array.isArray(value) || value.length > gatewayLimits.reported) return undefined;
  const items = value.map((one: unknown) => (isFields(one) ? read(one) : undefined));
  return items.includes(undefined) ? undefined : items.filter((item) => item !== undefined);
}

function readTarget({
  targetGroupArn,
  id,
  port,
}: Fields): Pick<TargetHealth, 'targetGroupArn' | 'id' | 'port'> | undefined {
  if (typeof targetGroupArn !== 'string' || typeof id !== 'string' || typeof port !== 'number') return undefined;
  return { targetGroupArn, id, port };
}

function readHealth(fields: Fields): TargetHealth | undefined {
  const target = readTarget(fields);
  const state = states.find((one) => one === fields['state']);
  const { reason, description } = fields;
  if (target === undefined || state === undefined) return undefined;
  if (state === 'healthy') return { ...target, state };
  if (typeof reason !== 'string' || reasons[reason] !== state) return undefined;
  if (description !== undefined && typeof description !== 'string') return undefined;
  return {
    ...target,
    state,
    reason,
    ...(description === undefined ? {} : { description: description.slice(0, gatewayLimits.textLength) }),
  };
}

function readListener({ arn, problem }: Fields): { readonly arn: string; readonly problem: string } | undefined {
  if (typeof arn !== 'string' || typeof problem !== 'string') return undefined;
  return { arn, problem: problem.slice(0, gatewayLimits.textLength) };
}
