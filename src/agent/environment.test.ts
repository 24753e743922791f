import { expect, test } from 'vitest';
import { identityFrom, settingsFrom } from './environment.ts';
import { goDuration, readDurationMs } from './go-duration.ts';
import { defaultSettings } from './options.ts';
import { agentVariables } from './variables.ts';

const minute = 60_000;
const cleanup = defaultSettings.imageCleanup;

test.each([
  { env: {}, want: { imageCleanup: cleanup } },
  { env: { ECS_CONTAINER_CREATE_TIMEOUT: '10m' }, want: { createTimeoutMs: 10 * minute } },
  { env: { ECS_CONTAINER_START_TIMEOUT: '1h30m' }, want: { startTimeoutMs: 90 * minute } },
  { env: { ECS_CONTAINER_STOP_TIMEOUT: '90s' }, want: { stopTimeoutSeconds: 90 } },
  { env: { ECS_IMAGE_PULL_BEHAVIOR: 'once' }, want: { pullBehavior: 'once' } },
  { env: { ECS_IMAGE_PULL_INACTIVITY_TIMEOUT: '3m' }, want: { pullInactivityTimeoutMs: 3 * minute } },
  { env: { ECS_IMAGE_PULL_TIMEOUT: '1h' }, want: { pullTimeoutMs: 60 * minute } },
  { env: { ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: '3h' }, want: { cleanupWaitMs: 180 * minute } },
  { env: { ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER: '1h' }, want: { cleanupJitterMs: 60 * minute } },
  { env: { ECS_ENABLE_CONTAINER_METADATA: 'true' }, want: { containerMetadata: true } },
  { env: { ECS_DYNAMIC_HOST_PORT_RANGE: '100-200' }, want: { dynamicHostPorts: { first: 100, last: 200 } } },
  { env: { ECS_DISABLE_IMAGE_CLEANUP: 'true' }, want: { imageCleanup: { ...cleanup, disabled: true } } },
  { env: { ECS_IMAGE_PULL_BEHAVIOR: 'prefer-cached' }, want: { imageCleanup: { ...cleanup, disabled: true } } },
  {
    env: {
      ECS_IMAGE_CLEANUP_INTERVAL: '20m',
      ECS_IMAGE_MINIMUM_CLEANUP_AGE: '2h',
      ECS_NUM_IMAGES_DELETE_PER_CYCLE: '7',
      NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE: '3h',
      ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP: 'true',
      ECS_EXCLUDE_UNTRACKED_IMAGE: 'alpine:latest, busybox:1',
    },
    want: {
      imageCleanup: {
        disabled: false,
        intervalMs: 20 * minute,
        minimumAgeMs: 120 * minute,
        perCycle: 7,
        untrackedMinimumAgeMs: 180 * minute,
        untracked: true,
        exclude: ['alpine:latest', 'busybox:1'],
      },
    },
  },
])('[AG-30] $env', ({ env, want }) => {
  const warnings: string[] = [];
  expect(settingsFrom(env, (text) => warnings.push(text))).toMatchObject(want);
  expect(warnings).toEqual([]);
});

test.each([
  {
    env: { ECS_CONTAINER_CREATE_TIMEOUT: '10s' },
    key: 'createTimeoutMs',
    want: minute,
    says: 'is less than 1m0s and is raised',
  },
  {
    env: { ECS_CONTAINER_START_TIMEOUT: '10s' },
    key: 'startTimeoutMs',
    want: 45_000,
    says: 'is less than 45s and is raised',
  },
  {
    env: { ECS_CONTAINER_STOP_TIMEOUT: '10ms' },
    key: 'stopTimeoutSeconds',
    want: 1,
    says: 'is less than 1s and is raised',
  },
  { env: { ECS_IMAGE_PULL_INACTIVITY_TIMEOUT: '1s' }, key: 'pullInactivityTimeoutMs', want: minute, says: 'raised' },
  { env: { ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: '500ms' }, key: 'cleanupWaitMs', want: undefined, says: 'ignored' },
] as const)('[AG-31] $env is too small', ({ env, key, want, says }) => {
  const warnings: string[] = [];
  expect(settingsFrom(env, (text) => warnings.push(text))[key]).toBe(want);
  expect(warnings).toEqual([expect.stringContaining(says)]);
});

test('[AG-31] an interval of image clean-up under ten minutes is ignored', () => {
  const warnings: string[] = [];
  const { imageCleanup } = settingsFrom({ ECS_IMAGE_CLEANUP_INTERVAL: '1m' }, (text) => warnings.push(text));
  expect([imageCleanup?.intervalMs, warnings.length]).toEqual([30 * minute, 1]);
});

test.each([
  [{ ECS_CONTAINER_START_TIMEOUT: '3' }, 'ECS_CONTAINER_START_TIMEOUT=3 is not a duration such as 90s or 1h30m'],
  [{ ECS_NUM_IMAGES_DELETE_PER_CYCLE: '0' }, 'ECS_NUM_IMAGES_DELETE_PER_CYCLE=0 is not 1 or more'],
  [
    { ECS_DYNAMIC_HOST_PORT_RANGE: '9-1' },
    'ECS_DYNAMIC_HOST_PORT_RANGE=9-1 is not a range of ports such as 32768-60999',
  ],
  [
    { ECS_IMAGE_PULL_BEHAVIOR: 'never' },
    'ECS_IMAGE_PULL_BEHAVIOR=never is not one of default, always, once, prefer-cached',
  ],
])('%o is refused', (env, message) => {
  expect(() => settingsFrom(env)).toThrow(message);
});

test.each([
  ['4m0s', 240_000],
  ['1h30m0s', 5_400_000],
  ['45s', 45_000],
  ['0s', 0],
])('Go writes %s for %d ms, and reads it back', (text, ms) => {
  expect(goDuration(ms)).toBe(text);
  expect(readDurationMs(text)).toBe(ms);
});

test('[AG-30] every variable that the help lists is read: nonsense is refused by its name', () => {
  const free = 'ECS_EXCLUDE_UNTRACKED_IMAGE'; // any text is a list of names
  for (const [name] of agentVariables.filter(([one]) => one !== free)) {
    const env = { [name]: '?' };
    expect(() => [settingsFrom(env), identityFrom(env)], name).toThrow(`${name}=? `);
  }
});
