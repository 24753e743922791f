import { expect, test } from 'vitest';
import { aTask } from '../contract/opened-ecs.ts';
import type { TaskContainer } from '../records/task.ts';
import { recordedReports } from './contract/recorded-reports.ts';
import { afterReport } from './state-change.ts';

const container = (name: string, essential: boolean): TaskContainer => ({
  name,
  id: name,
  image: 'busybox',
  lastStatus: 'PENDING',
  networkBindings: [],
  healthStatus: 'UNKNOWN',
  essential,
  checked: false,
  cpuUnits: 0,
});

const exited = 'Essential container in task exited';

test.each<[string, string, string, string | RegExp]>([
  ['exits by itself with 7', 'app', 'EssentialContainerExited', exited],
  ['pulled from a registry', 'a', 'EssentialContainerExited', exited],
  ['sidecar ends first', 'app side?', 'EssentialContainerExited', exited],
  ['dependencies fulfilled', 'app db init? bad?', 'EssentialContainerExited', exited],
  ['out of memory', 'app', 'EssentialContainerExited', exited],
  ['killed while the agent was away', 'app', 'EssentialContainerExited', exited],
  ['missing image', 'a', 'TaskFailedToStart', /^CannotPullImageManifestError: .*manifest unknown/],
  ['bad command', 'app', 'TaskFailedToStart', /^CannotStartContainerError: Error response from daemon/],
  [
    'dependency failed',
    'app bad?',
    'TaskFailedToStart',
    /^CannotStartContainerError: dependency graph: failed to resolve/,
  ],
  ['missing volume', 'app', 'TaskFailedToStart', 'HostConfigError: Invalid volume referenced: nope'],
  ['bad link', 'app', 'TaskFailedToStart', /^resource cannot be initialized for task/],
  ['dependency cycle', 'app', 'TaskFailedToStart', /^Task dependencies cannot be resolved, taskArn: /],
  ['undecodable payload', 'app', 'TaskFailedToStart', /^UnrecogniedTaskError: Error loading task - /],
  ['secret that cannot be fetched', 'app', 'TaskFailedToStart', /^Fetching secret data from SSM Parameter Store in /],
  ['stopped before it was known', 'app', 'TaskFailedToStart', 'Task failed to start'],
])('[TK-21] recorded: %s', (name, containers, stopCode, stoppedReason) => {
  const names = containers.split(' ').map((one) => container(one.replace('?', ''), !one.endsWith('?')));
  const task = aTask({ lastStatus: 'PENDING', instanceKey: 'i', containers: names });
  const reports = recordedReports[name] ?? [];
  const end = reports.reduce((now, report, at) => afterReport(now, report, at), task);
  expect(end.lastStatus).toBe('STOPPED');
  expect(end.stopCode).toBe(stopCode);
  expect(end.stoppedReason).toMatch(stoppedReason);
  const codes = reports.flatMap((report) => report.containers ?? []);
  for (const told of codes) {
    if (told.exitCode === undefined) continue;
    expect(end.containers.find((one) => one.name === told.containerName)?.exitCode).toBe(told.exitCode);
  }
});
