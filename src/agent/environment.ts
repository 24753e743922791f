import { goDuration, readDurationMs } from './go-duration.ts';
import type { PortRange } from './hooks/host-port-ranges.ts';
import { readPortRange } from './hooks/host-port-ranges.ts';
import type { PullBehavior } from './hooks/images.ts';
import type { AgentOptions, AgentSettings } from './options.ts';
import { defaultSettings } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const pullBehaviors: readonly PullBehavior[] = ['default', 'always', 'once', 'prefer-cached'];

/** The least value of a setting, and what becomes of less: Amazon's agent raises some and ignores others. */
interface Floor {
  readonly least: number;
  readonly below: 'raised' | 'ignored';
}

const second = 1000;
const minute = 60 * second;

/**
 * Reads the variables of Amazon's agent that this one honours.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
 * @param warn hears of values that are too small
 * @throws Error that names the variable, its value and what is allowed
 */
export function settingsFrom(env: Environment, warn: (text: string) => void = () => undefined): Partial<AgentSettings> {
  const duration = boundedDurations(env, warn);
  const stopMs = duration('ECS_CONTAINER_STOP_TIMEOUT', { least: second, below: 'raised' });
  return {
    ...read(env, 'ECS_IMAGE_PULL_BEHAVIOR', 'pullBehavior', (text) => {
      const behavior = pullBehaviors.find((known) => known === text);
      if (behavior === undefined) throw new Error(`is not one of ${pullBehaviors.join(', ')}`);
      return behavior;
    }),
    ...given('pullTimeoutMs', duration('ECS_IMAGE_PULL_TIMEOUT', { least: minute, below: 'raised' })),
    ...given(
      'pullInactivityTimeoutMs',
      duration('ECS_IMAGE_PULL_INACTIVITY_TIMEOUT', { least: minute, below: 'raised' }),
    ),
    ...given('createTimeoutMs', duration('ECS_CONTAINER_CREATE_TIMEOUT', { least: minute, below: 'raised' })),
    ...given('startTimeoutMs', duration('ECS_CONTAINER_START_TIMEOUT', { least: 45 * second, below: 'raised' })),
    ...given('cleanupWaitMs', duration('ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION', { least: second, below: 'ignored' })),
    ...read(env, 'ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER', 'cleanupJitterMs', readDurationMs),
    ...given('stopTimeoutSeconds', stopMs === undefined ? undefined : Math.round(stopMs / second)),
    ...cleanup(env, duration),
    ...read(env, 'ECS_ENABLE_CONTAINER_METADATA', 'containerMetadata', readBoolean),
    ...read(env, 'ECS_DYNAMIC_HOST_PORT_RANGE', 'dynamicHostPorts', readRange),
    ...read(env, 'ECS_RESERVED_MEMORY', 'reservedMemoryMiB', readCount),
    ...read(env, 'ECS_RESERVED_PORTS', 'reservedTcpPorts', readPorts),
    ...read(env, 'ECS_RESERVED_PORTS_UDP', 'reservedUdpPorts', readPorts),
    ...read(env, 'ECS_DISABLE_METRICS', 'disableMetrics', readBoolean),
    ...read(env, 'ECS_ENABLE_TASK_CPU_MEM_LIMIT', 'taskLimits', readBoolean),
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/automated_image_cleanup.html */
function cleanup(env: Environment, duration: ReadBounded): Pick<AgentSettings, 'imageCleanup'> {
  const settings = {
    ...defaultSettings.imageCleanup,
    ...read(env, 'ECS_DISABLE_IMAGE_CLEANUP', 'disabled', readBoolean),
    ...given('intervalMs', duration('ECS_IMAGE_CLEANUP_INTERVAL', { least: 10 * minute, below: 'ignored' })),
    ...read(env, 'ECS_IMAGE_MINIMUM_CLEANUP_AGE', 'minimumAgeMs', readDurationMs),
    ...read(env, 'ECS_NUM_IMAGES_DELETE_PER_CYCLE', 'perCycle', readPositive),
    ...read(env, 'NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE', 'untrackedMinimumAgeMs', readDurationMs),
    ...read(env, 'ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP', 'untracked', readBoolean),
    ...read(env, 'ECS_EXCLUDE_UNTRACKED_IMAGE', 'exclude', readList),
  };
  // The cached image is the one that is preferred: it stays.
  const cached = env['ECS_IMAGE_PULL_BEHAVIOR'] === 'prefer-cached';
  return { imageCleanup: cached ? { ...settings, disabled: true } : settings };
}

/** Attributes and tags an operator gives the container instance. @throws Error as `settingsFrom` */
export function identityFrom(env: Environment): Pick<AgentOptions, 'attributes' | 'tags'> {
  return {
    ...read(env, 'ECS_INSTANCE_ATTRIBUTES', 'attributes', readMap),
    ...read(env, 'ECS_CONTAINER_INSTANCE_TAGS', 'tags', readMap),
  };
}

/** @returns the value in milliseconds; undefined when it is not given, or ignored */
type ReadBounded = (name: string, floor: Floor) => number | undefined;

function boundedDurations(env: Environment, warn: (text: string) => void): ReadBounded {
  return (name, floor) => {
    const { value } = read(env, name, 'value', readDurationMs);
    if (value === undefined || value >= floor.least) return value;
    warn(`${name}=${env[name] ?? ''} is less than ${goDuration(floor.least)} and is ${floor.below}`);
    return floor.below === 'ignored' ? undefined : floor.least;
  };
}

function given<K extends string>(key: K, value: number | undefined): { [P in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: number });
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

function readCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error('is not a whole number');
  return Number(text);
}

function readPositive(text: string): number {
  const count = readCount(text);
  if (count === 0) throw new Error('is not 1 or more');
  return count;
}

function readList(text: string): readonly string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function readRange(text: string): PortRange {
  const range = readPortRange(text);
  if (range === undefined) throw new Error('is not a range of ports such as 32768-60999');
  return range;
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
