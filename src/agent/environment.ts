import type { PullBehavior } from './hooks/images.ts';
import type { AgentOptions, AgentSettings } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const pullBehaviors: readonly PullBehavior[] = ['default', 'always', 'once', 'prefer-cached'];

/**
 * Reads the variables of Amazon's agent that this one honours.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
 * @throws Error that names the variable, its value and what is allowed
 */
export function settingsFrom(env: Environment): Partial<AgentSettings> {
  return {
    ...read(env, 'ECS_IMAGE_PULL_BEHAVIOR', 'pullBehavior', (text) => {
      const behavior = pullBehaviors.find((known) => known === text);
      if (behavior === undefined) throw new Error(`is not one of ${pullBehaviors.join(', ')}`);
      return behavior;
    }),
    ...read(env, 'ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION', 'cleanupWaitMs', readDurationMs),
    ...read(env, 'ECS_CONTAINER_STOP_TIMEOUT', 'stopTimeoutSeconds', (text) => Math.round(readDurationMs(text) / 1000)),
    ...read(env, 'ECS_RESERVED_MEMORY', 'reservedMemoryMiB', readCount),
    ...read(env, 'ECS_RESERVED_PORTS', 'reservedTcpPorts', readPorts),
    ...read(env, 'ECS_RESERVED_PORTS_UDP', 'reservedUdpPorts', readPorts),
    ...read(env, 'ECS_DISABLE_METRICS', 'disableMetrics', readBoolean),
    ...read(env, 'ECS_ENABLE_TASK_CPU_MEM_LIMIT', 'taskLimits', readBoolean),
  };
}

/** Attributes and tags an operator gives the container instance. @throws Error as `settingsFrom` */
export function identityFrom(env: Environment): Pick<AgentOptions, 'attributes' | 'tags'> {
  return {
    ...read(env, 'ECS_INSTANCE_ATTRIBUTES', 'attributes', readMap),
    ...read(env, 'ECS_CONTAINER_INSTANCE_TAGS', 'tags', readMap),
  };
}

function read<K extends string, T>(
  env: Environment,
  name: string,
  key: K,
  parse: (text: string) => T,
): { [P in K]?: T } {
  const text = env[name];
  if (text === undefined || text === '') return {};
  try {
    return { [key]: parse(text) } as { [P in K]?: T };
  } catch (error) {
    throw new Error(`${name}=${text} ${(error as Error).message}`);
  }
}

/** Go's durations: `90s`, `1h30m`, `500ms`. */
export function readDurationMs(text: string): number {
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Error('is not a duration such as 90s or 1h30m');
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return totalMs;
}

function readCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error('is not a whole number');
  return Number(text);
}

function readPorts(text: string): readonly number[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value) || !value.every((port) => Number.isInteger(port) && port > 0 && port < 65_536))
    throw new Error('is not a JSON list of ports');
  return value as readonly number[];
}

function readMap(text: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(text);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || !Object.values(value).every((one) => typeof one === 'string'))
    throw new Error('is not a JSON object of texts');
  return value as Readonly<Record<string, string>>;
}

function readBoolean(text: string): boolean {
  if (['true', '1', 't', 'TRUE', 'True'].includes(text)) return true;
  if (['false', '0', 'f', 'FALSE', 'False'].includes(text)) return false;
  throw new Error('is neither true nor false');
}
