import type { Destination } from '../../agent-protocol/index.ts';
import { definitionOf } from '../engine/index.ts';
import { BadLogOptions, logConfigOf } from '../logs/options.ts';
import { logOwner } from './log-credentials.ts';
import type { TaskRunner } from './task-runner.ts';
import { cameClosed, staysClosed } from './task-ways.ts';

/** Begins to make the log stream of a container early. Options that are wrong, and a way that is closed, are reported when it is created. */
export function openLogsEarly(runner: TaskRunner, container: string): void {
  const way = logsWay(runner, container);
  if (way !== undefined && cameClosed(runner, way)) return;
  try {
    runner.parts.logs.open(logOwner(runner, container));
  } catch (error) {
    if (!(error instanceof BadLogOptions)) throw error;
  }
}

/** Whether a FARGATE task's container cannot reach its log stream. */
export async function logsStayClosed(runner: TaskRunner, container: string): Promise<boolean> {
  const way = logsWay(runner, container);
  return way !== undefined && (await staysClosed(runner, way)) !== undefined;
}

/** Undefined for a task that has no closed ways at all, which is most, and for other log drivers. */
function logsWay(runner: TaskRunner, container: string): Destination | undefined {
  const { payload, parts } = runner;
  if (payload.longshore?.closedWays === undefined) return undefined;
  const config = logConfigOf(definitionOf(runner.state, container).dockerConfig.hostConfig);
  if (config?.type !== 'awslogs') return undefined;
  return {
    service: 'logs',
    region: config.options['awslogs-region'] ?? payload.longshore.region ?? parts.place.region,
  };
}
